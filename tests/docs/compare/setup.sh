# Two releases, and a branch with a change of each kind.
git init --quiet --initial-branch main
git add --all
git commit --quiet --message 'Settings of three environments'
git tag v1.0
sed -i 's/timeout: 60/timeout: 90/' inventory/group_vars/production/email.yml
git commit --quiet --all --message 'Wait longer for the relay'
git tag v1.1
git switch --quiet --create relay
printf -- '---\nemail_settings:\n  smtp:\n    encryption: implicit_tls\n' >inventory/group_vars/production/email.yml
printf -- '---\nemail_targets:\n  - app: alertmanager\n    options: {recipients: [dev@example.edu]}\n' >inventory/group_vars/dev/targets.yml
ansible-vault encrypt_string --name vault_smtp_password 'Winter-2027-y8' >inventory/group_vars/staging/vault.yml
mkdir inventories
cp -r inventory inventories/staging
cp -r inventory inventories/production
sed -i 's/smtp.example.edu/relay.example.edu/' inventories/production/group_vars/all/email.yml
