"""Public keys of other types than Ed25519, as securesystemslib knows them: ECDSA, RSA, ML-DSA."""

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey


class OtherKey:
    """A key by its PEM text.

    Raises:
        ValueError: it is no key, or of a type that securesystemslib does not know.
    """

    def __init__(self, pem: bytes) -> None:
        self._key = SSlibKey.from_crypto(load_pem_public_key(pem))
        self.keyid = self._key.keyid

    def made(self, signature: bytes, message: bytes) -> bool:
        """Tell whether a signature over a message was made by this key."""
        try:
            self._key.verify_signature(Signature(self.keyid, signature.hex()), message)
        except UnverifiedSignatureError:
            return False
        return True
