# What `file` assigns, as JSON; a capital first letter would be a constant.
require "json"
scope = binding
scope.eval(File.read("file"))
names = scope.local_variables.grep(/\Ak\d/)
puts JSON.generate(names.to_h { |name| [name.to_s.upcase, scope.local_variable_get(name)] })
