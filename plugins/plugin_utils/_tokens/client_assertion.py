# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A client's proof by its certificate: a JSON Web Token that its key signs (RFC 7523 2.2, `private_key_jwt`)."""

from __future__ import annotations

import json
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

from .token_error import TokenError
from .token_request import ClientCertificate

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
except ImportError as missing:  # pragma: no cover - ansible-core brings it
    _MISSING: ImportError | None = missing
else:
    _MISSING = None

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Microsoft advises five to ten minutes; a clock may be a little ahead of the server's.
_LIFETIME, _CLOCK_SKEW = 300, 60
# RFC 7518 3.4: the algorithm by the curve, with its hash and how many octets each half of a signature has.
_CURVES = {"secp256r1": ("ES256", "SHA256", 32), "secp384r1": ("ES384", "SHA384", 48)}

Signature = Callable[[bytes], bytes]


def client_assertion(certificate: ClientCertificate, client_id: str, audience: str, now: int) -> str:
    """The signed assertion of a client for a token server; `now` is in seconds since 1970."""
    if _MISSING is not None:
        raise TokenError("client_certificate needs the Python package cryptography on the controller")
    pem = _pem("client_certificate", certificate.certificate)
    key_pem = pem if certificate.key is None else _pem("client_key", certificate.key)
    leaf = _leaf(pem)
    algorithm, sign = _signature(_key(key_pem, certificate.passphrase, leaf), certificate.rsa_algorithm)
    header = {"alg": algorithm, "typ": "JWT", "x5t#S256": _base64url(leaf.fingerprint(hashes.SHA256()))}
    claims = {
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "nbf": now - _CLOCK_SKEW,
        "exp": now + _LIFETIME,
    }
    signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{_base64url(sign(signed.encode('ascii')))}"


def _pem(option: str, given: str) -> bytes:
    """The PEM that an option holds, or the file that it names."""
    if given.lstrip().startswith("-----BEGIN "):
        return given.encode()
    try:
        return Path(given).expanduser().read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path"
        raise TokenError(f"{option} is neither PEM nor a file that can be read ({reason})") from None


def _leaf(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(pem)[0]
    except (ValueError, IndexError):
        raise TokenError("client_certificate holds no certificate as PEM (BEGIN CERTIFICATE)") from None


def _key(pem: bytes, passphrase: str | None, leaf: x509.Certificate) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    password = None if passphrase is None else passphrase.encode()
    try:
        key = serialization.load_pem_private_key(pem, password)
    except TypeError:
        state = "is encrypted: give client_key_passphrase" if password is None else "has no passphrase: leave it out"
        raise TokenError(f"the client's key {state}") from None
    except ValueError:
        hint = " as PEM" if password is None else " that client_key_passphrase opens"
        raise TokenError(f"client_key, or else client_certificate, holds no private key{hint}") from None
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise TokenError("the client's key is neither RSA nor of an elliptic curve of NIST")
    if key.public_key() != leaf.public_key():
        raise TokenError("the client's key does not belong to client_certificate")
    return key


def _signature(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, rsa_algorithm: str) -> tuple[str, Signature]:
    """The algorithm's name of RFC 7518, and what signs by it."""
    if isinstance(key, rsa.RSAPrivateKey):
        sha256 = hashes.SHA256()
        pss = padding.PSS(padding.MGF1(sha256), padding.PSS.DIGEST_LENGTH)
        scheme = pss if rsa_algorithm == "PS256" else padding.PKCS1v15()
        return rsa_algorithm, lambda signed: key.sign(signed, scheme, sha256)
    if key.curve.name not in _CURVES:
        raise TokenError(f"the client's key is of the curve {key.curve.name}: use P-256, P-384 or RSA")
    algorithm, digest, octets = _CURVES[key.curve.name]
    return algorithm, lambda signed: _both_halves(key.sign(signed, ec.ECDSA(getattr(hashes, digest)())), octets)


def _both_halves(signature: bytes, octets: int) -> bytes:
    """A signature as RFC 7518 3.4 wants it: both numbers, one behind the other."""
    return b"".join(number.to_bytes(octets, "big") for number in decode_dss_signature(signature))


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
