"""What AWS accepts, so that settings are refused at synth and not halfway through a deployment.

Each check takes a value and returns what is wrong with it ("must be …"), or None.
"""

import re
from urllib.parse import urlsplit

from contract import names
from contract.environment import Function
from dr_constructs.dns import dns_names

# The commercial partition; a test compares the list with the SDK's own.
_REGIONS = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
"""
REGIONS = frozenset(_REGIONS.split())

ROUTE_53_REGION = "us-east-1"
"""The only region in which Route 53 publishes what its health checks see (FACTS 2.6)."""

# CloudWatch Logs, PutRetentionPolicy.
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

MAX_BUCKET_PREFIX = 37  # the provider appends 26 characters; bucket names end at 63
MAX_FUNCTION_NAME = 64  # IAM roles end there too
MAX_CERTIFICATE_NAME = 64  # the first name in an ACM certificate
MAX_DOMAIN_NAME = 253
MAX_LABEL = 63
API_GATEWAY_TIMEOUT_SECONDS = 29  # the longest that it waits for a function (FACTS 4.6)
MAX_API_LIMIT = 2**31 - 1  # API Gateway's integers

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_BUCKET = re.compile(r"(?!(\d+\.){3}\d+$)(?!.*(\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# S3 user guide, "General purpose bucket naming rules": what it keeps for aliases, other kinds of buckets and examples.
_BUCKET_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_ENDINGS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# `-an` ends the names of an account's own namespace, and no others.
_ACCOUNT_BUCKET = re.compile(r".+-\d{12}-[a-z]{2,}(-[a-z]+)+-\d-an", re.ASCII)
# RFC 2606, 6761, 6762, 7686, 9476, ICANN's .internal: no zone can be delegated there, so no certificate is validated.
_NO_PUBLIC_DOMAINS = frozenset({"alt", "example", "internal", "invalid", "local", "localhost", "onion", "test"})
_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")
_EMAIL = re.compile(r"[^\s@,;<>\"${}]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_MANAGED_POLICY = re.compile(r"arn:aws:iam::(\d{12}|aws):policy/[\w+=,.@/-]{1,576}", re.ASCII)
_PRINCIPAL = re.compile(r"arn:aws:iam::\d{12}:(root|(user|role)/[\w+=,.@/-]{1,576})", re.ASCII)


def region_problem(region: str) -> str | None:
    """Check that a region exists."""
    return None if region in REGIONS else "must be an AWS region"


def suffix_problem(suffix: str) -> str | None:
    """Check that a suffix can end the names of all resources; `name_problems` checks their lengths."""
    if not _LABEL.fullmatch(suffix):
        return "must be lower-case letters, digits and inner hyphens"
    for reserved in (
        "control-",
        "canary-",
        "restore-",
    ):  # payments-control-<suffix> is another environment's control table
        if suffix.startswith(reserved):
            return f"must not begin with {reserved}"
    return None


def name_problems(suffix: str, regions: tuple[str, ...]) -> list[str]:
    """Return a line for each kind of name that would be too long for AWS with this suffix in these regions."""
    longest_function = max(Function, key=len)
    problems = []
    for region in regions:
        for kind, name, limit in (
            ("the bucket prefix", names.bucket_prefix(region, suffix), MAX_BUCKET_PREFIX),
            ("the function name", names.regional_name(longest_function, region, suffix), MAX_FUNCTION_NAME),
        ):
            if len(name) > limit:
                problems.append(
                    f"`environment_suffix` must be shorter, at most {len(suffix) - len(name) + limit} characters in "
                    f"{region}: {kind} {name} has {len(name)} of {limit}, got {suffix}"
                )
    return problems[:1]  # one suffix, one line


def domain_problem(domain: str) -> str | None:
    """Check that a domain can carry a zone, a certificate and a name for each region."""
    labels = domain.split(".")
    if len(labels) < 2:  # noqa: PLR2004 — a top-level domain alone is nobody's
        return "must be a domain name of at least two labels"
    if not all(_LABEL.fullmatch(label) and len(label) <= MAX_LABEL for label in labels) or labels[-1].isdigit():
        return f"must be a domain name: labels of at most {MAX_LABEL} letters, digits and inner hyphens"
    if labels[-1] in _NO_PUBLIC_DOMAINS:
        return f"must be public, which no domain below .{labels[-1]} is: ACM could not validate a certificate for it"
    if len(first := dns_names.failover_name(domain)) > MAX_CERTIFICATE_NAME:
        return f"must be shorter: {first} has {len(first)} of the {MAX_CERTIFICATE_NAME} characters ACM allows"
    longest = dns_names.regional_api_name(max(REGIONS, key=len), domain)
    return (
        None if len(longest) <= MAX_DOMAIN_NAME else f"must be shorter: {longest} exceeds {MAX_DOMAIN_NAME} characters"
    )


def zone_id_problem(zone_id: str) -> str | None:
    """Check the form of a Route 53 hosted zone's id."""
    return None if _ZONE_ID.fullmatch(zone_id) else "must be a hosted zone id such as Z0123456789ABCDEFGHIJ"


def bucket_problem(bucket: str) -> str | None:
    """Check that S3 could have a bucket of this name."""
    if not _BUCKET.fullmatch(bucket):
        return "must be an S3 bucket name: 3 to 63 lower-case letters, digits, dots and inner hyphens, no IP address"
    if bucket.startswith(_BUCKET_BEGINNINGS):
        return f"must not begin with {_listed(_BUCKET_BEGINNINGS)}, which S3 keeps for itself"
    if bucket.endswith(_BUCKET_ENDINGS):
        return f"must not end with {_listed(_BUCKET_ENDINGS)}, which S3 keeps for itself"
    if bucket.endswith("-an") and not _ACCOUNT_BUCKET.fullmatch(bucket):
        return "must not end with -an, unless in an account's namespace: <name>-<account>-<region>-an"
    return None


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def email_problem(address: str) -> str | None:
    """Check that SNS could send to an address."""
    return None if _EMAIL.fullmatch(address) else "must be an e-mail address"


def https_url_problem(url: str) -> str | None:
    """Check that SNS could post to a URL: without a password, which Terraform's state would hold."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return "must be an https URL in plain ASCII"
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        return "must be an https URL such as https://events.pager.example.com/sns"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "must have neither user, password nor fragment"
    return None


def principal_problem(arn: str) -> str | None:
    """Check that a role could trust a principal: an account's root, a user or a role."""
    return None if _PRINCIPAL.fullmatch(arn) else "must be the ARN of an IAM user, role or account root"


def boundary_problem(arn: str) -> str | None:
    """Check that a policy could bound roles: a managed one, of the account or of AWS."""
    return None if _MANAGED_POLICY.fullmatch(arn) else "must be the ARN of a managed IAM policy"
