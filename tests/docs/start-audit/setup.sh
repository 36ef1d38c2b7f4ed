# Two commits, so that there is a history.
git init --quiet --initial-branch main
git add --all
git commit --quiet --message 'Settings of two environments'
sed -i 's/timeout: 60/timeout: 90/' group_vars/production/email.yml
git commit --quiet --all --message 'Wait longer for the relay'
