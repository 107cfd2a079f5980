-- Make a database of the sandbox; the name is filled in as an identifier, which cannot be a parameter.
CREATE DATABASE {name}
