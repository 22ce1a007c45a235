"""Signs, verifies and hashes many files with signxml, and with juxlib if it is installed.

Reads one job per line as JSON from standard input, and writes one JSON object per line: {"ok": bool, ...}.

  {"do": "verify", "file": path, "certificate": PEM or null}
  {"do": "sign", "file": path, "output": path, "key": PEM, "certificate": PEM or null, "by": "juxlib" or "signxml",
   "digest": "sha256", "c14n": uri}
  {"do": "hash", "file": path}
"""

import json
import sys
from pathlib import Path

import signxml
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml import XMLSigner, XMLVerifier

try:
    from juxlib.signing import signer as jux_signer
    from juxlib.signing import verifier as jux_verifier
    from juxlib.signing import xml as jux_xml
except ImportError:
    jux_signer = jux_verifier = jux_xml = None


def verify(job):
    data = Path(job["file"]).read_bytes()
    if job["certificate"] is None:
        XMLVerifier().verify(data, require_x509=False)
        return {}
    if jux_verifier is not None:
        jux_verifier.verify_signature_strict(jux_xml.load_xml(data), job["certificate"])
    XMLVerifier().verify(data, x509_cert=job["certificate"])
    return {}


def sign(job):
    data = Path(job["file"]).read_bytes()
    key = load_pem_private_key(job["key"].encode(), None)
    if job["by"] == "juxlib":
        signed = jux_signer.sign_xml(jux_xml.load_xml(data), key, job["certificate"])
    else:
        family = "rsa" if hasattr(key, "private_numbers") and "RSA" in type(key).__name__ else "ecdsa"
        signer = XMLSigner(
            method=signxml.methods.enveloped,
            signature_algorithm=f"{family}-{job['digest']}",
            digest_algorithm=job["digest"],
            c14n_algorithm=job["c14n"],
        )
        signed = signer.sign(etree.fromstring(data), key=key, cert=job["certificate"])
    text = etree.tostring(signed, encoding="utf-8", xml_declaration=True)
    Path(job["output"]).write_bytes(text)
    return {}


def content_hash(job):
    data = Path(job["file"]).read_bytes()
    if jux_xml is not None:
        return {"hash": jux_xml.compute_canonical_hash(jux_xml.load_xml(data))}
    import hashlib

    return {"hash": hashlib.sha256(etree.tostring(etree.fromstring(data), method="c14n")).hexdigest()}


def main():
    if sys.argv[1:] == ["--version"]:
        import importlib.metadata as metadata

        names = ["signxml", "lxml"] + (["py-juxlib"] if jux_xml is not None else [])
        print(", ".join(f"{name} {metadata.version(name)}" for name in names))
        return
    actions = {"verify": verify, "sign": sign, "hash": content_hash}
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"ok": True, **actions[job["do"]](job)}
        except Exception as error:  # every refusal is a result
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
