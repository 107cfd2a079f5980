"""SHA-256 by cryptography, which is loaded in any case: hashlib would load OpenSSL a second time."""

from cryptography.hazmat.primitives.hashes import SHA256, Hash


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    made = Hash(SHA256())
    made.update(content)
    return made.finalize().hex()
