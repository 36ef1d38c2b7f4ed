# A fault and a change that were not committed yet.
git init --quiet --initial-branch main
git add --all
git commit --quiet --message 'Settings of two environments'
sed -i 's/timeout: 60/timout: 60/' group_vars/production/email.yml
sed -i 's/smtp.example.edu/relay.example.edu/' group_vars/all/email.yml
