"""The protocol, pure: values and rules without I/O, without `await` and without a clock."""
