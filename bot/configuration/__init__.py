"""From a YAML file to checked keys: line numbers, `${ENV}` references, and problems in words."""
