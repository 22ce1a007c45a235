"""Verifies envelopes with securesystemslib, and their statements with in-toto-attestation.

Reads a job as JSON from each line, and prints {"ok", "error"} for each.
"""

import base64
import json
import sys
from importlib.metadata import version

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

PREDICATES = {
    "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
    "https://slsa.dev/verification_summary/v1": vsa_pb2.VerificationSummary,
}


def check_envelope(job):
    key = load_pem_public_key(job["publicKey"].encode())
    envelope = Envelope.from_dict(json.loads(job["envelope"]))
    envelope.verify([SSlibKey.from_crypto(key, job["keyid"], job["scheme"])], 1)
    if envelope.payload_type != "application/vnd.in-toto+json":
        raise ValueError("the payload is no statement")


def check_statement(job):
    parsed = json_format.Parse(job["statement"], statement_pb2.Statement())
    Statement.copy_from_pb(parsed).validate()
    message = PREDICATES[parsed.predicate_type]()
    predicate = json_format.MessageToDict(parsed.predicate)
    levels = message.DESCRIPTOR.fields_by_name.get("verified_levels")
    # Version 0.9.3 has one text where the specification of the summary has a list.
    if levels is not None and not levels.is_repeated:
        if not all(isinstance(level, str) for level in predicate.pop("verifiedLevels")):
            raise ValueError("verifiedLevels is no list of texts")
    json_format.ParseDict(predicate, message, ignore_unknown_fields=True)


def check_timestamp(job):
    response = decode_timestamp_response(base64.b64decode(job["timestamp"]))
    root = load_pem_x509_certificate(job["root"].encode())
    VerifierBuilder().add_root_certificate(root).build().verify_message(response, base64.b64decode(job["signature"]))


CHECKS = {"envelope": check_envelope, "statement": check_statement, "timestamp": check_timestamp}


def main():
    if sys.argv[1:] == ["--version"]:
        names = ["securesystemslib", "in-toto-attestation", "rfc3161-client", "cryptography"]
        print(", ".join(f"{name} {version(name)}" for name in names))
        return
    for line in sys.stdin:
        job = json.loads(line)
        try:
            CHECKS[job["do"]](job)
            print(json.dumps({"ok": True}))
        except Exception as error:  # Any failure is a refusal.
            print(json.dumps({"ok": False, "error": f"{type(error).__name__}: {error}"}))


main()
