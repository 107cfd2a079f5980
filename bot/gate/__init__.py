"""The gate: tells a pipeline whether a clearance certificate holds, with no ledger, no network and no bot.

It needs the standard library and cryptography only, reads the certificate's form on its own, and shares no code with
what issues it, so that a mistake there is not one here.
"""
