"""What people type, and what they are told about their mistakes: one line, and no traceback."""

from pathlib import Path
from typing import Any

import pytest

from client.command import main
from client.dns import Resolver
from client.https import Response
from client.network_settings import BadSurroundingsError, NetworkSettings

EMULATOR = {
    "EMULATOR_DNS_PORT": "5353",
    "EMULATOR_DATA_PLANE_PORT": "8443",
    "EMULATOR_CA_FILE": "/ca.pem",
    "EMULATOR_TIME_SCALE": "10.0",
}
URL = "https://api.example.com"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in EMULATOR:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "Missing command"),
        ("nonsense", "No such command 'nonsense'"),
        ("pay", "Missing option '--amount'"),
        ("pay --amount 1", "--endpoint must be given once, or twice for both regions, got 0 of them"),
        (f"pay --amount 1 {f'--endpoint {URL} ' * 3}", "got 3 of them"),
        ("pay --amount 1 --endpoint http://x", "`endpoint` must be an https URL of a host without a port"),
        (f"pay --amount 1 --environment dev --endpoint {URL}", "give it or --endpoint, not both"),
        ("get a --environment dev --regions x", "--regions must be two regions with a comma between them, got 'x'"),
        ("get a --environment dev --regions a,a", "--regions must be two regions with a comma between them, got 'a,a'"),
        (f"pay --amount 1 --id \udcff --endpoint {URL}", r"what is given must be text in UTF-8, got '\udcff'"),
        (f"pay --amount 1 --metadata {{ --endpoint {URL}", "--metadata must be JSON, got '{'"),
        (f"pay --amount 1 --metadata {'[' * 99_999} --endpoint {URL}", "--metadata must be JSON, got '[[["),
        (f"get \udcff --endpoint {URL}", r"what is given must be text in UTF-8, got '\udcff'"),
        (f"watch --endpoint {URL} --every x", "Invalid value for '--every'"),
        ("watch --endpoint x", "`endpoint` must be an https URL"),
        (f"watch --endpoint {URL} --path /ö", "--path must be a path in printable ASCII that begins with /, got '/ö'"),
        (f"watch --endpoint {URL} --path health", "--path must be a path in printable ASCII that begins with /"),
        ("get", "Missing argument"),
    ],
)
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], arguments: str, says: str) -> None:
    assert main(arguments.split()) == 2
    said = capsys.readouterr().err
    assert (said.startswith("client: "), says in said, said.count("\n")) == (True, True, 1)


@pytest.mark.parametrize("endpoints", [1, 2])
def test_metadata_is_sent_as_it_is_given(monkeypatch: pytest.MonkeyPatch, endpoints: int) -> None:
    """Digit for digit, and with what the API has to refuse."""
    sent: list[bytes] = []

    def exchange(url: str, **request: Any) -> Response:
        if request["body"] is not None:
            sent.append(request["body"])
        return Response(201 if request["body"] else 404, {}, request["body"] or b"{}")

    monkeypatch.setattr("client.payments.exchange", exchange)
    monkeypatch.setattr(Resolver, "addresses", lambda *_: ("127.0.1.1",))
    metadata = '{"n": 0.1234567890123456789012, "n": 2}'
    paid = ["pay", "--amount", "1", "--id", "t-1", "--metadata", metadata, *["--endpoint", URL] * endpoints]
    assert main(paid) == 0
    assert sent == [f'{{"transactionId": "t-1", "amount": "1", "currency": "EUR", "metadata": {metadata}}}'.encode()]


def test_without_credentials_nothing_is_sent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert main(["pay", "--amount", "1", "--endpoint", URL]) == 2
    assert "no AWS credentials are configured" in capsys.readouterr().err


def test_without_an_emulator_this_is_aws() -> None:
    assert NetworkSettings.read({}) == NetworkSettings()


def test_an_emulator_is_what_is_exported() -> None:
    assert NetworkSettings.read(EMULATOR) == NetworkSettings(("127.0.0.1", 5353), 8443, "/ca.pem", 10.0)


@pytest.mark.parametrize("name", ["EMULATOR_DATA_PLANE_PORT", "EMULATOR_CA_FILE"])
def test_half_an_emulator_is_none(name: str) -> None:
    with pytest.raises(BadSurroundingsError, match=f"{name} must be set beside the emulator's other variables"):
        NetworkSettings.read({key: value for key, value in EMULATOR.items() if key != name})


@pytest.mark.parametrize("command", ["pay --amount 1", "get t-1", "watch"])
@pytest.mark.parametrize("content", [None, "no certificate\n", ""])
def test_an_authority_that_cannot_be_read_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    content: str | None,
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content, encoding="utf-8")
    for name, value in EMULATOR.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("EMULATOR_CA_FILE", str(ca_file))
    assert main([*command.split(), "--endpoint", URL]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"client: EMULATOR_CA_FILE must be a readable file of certificates, got '{ca_file}': ")


@pytest.mark.parametrize("port", ["x", "nan", "0", "65536", "-1", "1.5", "٥٣", "9" * 5000])
def test_a_port_is_one(port: str) -> None:
    with pytest.raises(BadSurroundingsError, match="EMULATOR_DNS_PORT must be a port, got '"):
        NetworkSettings.read({**EMULATOR, "EMULATOR_DNS_PORT": port})


@pytest.mark.parametrize("scale", ["x", "nan", "0", "-1", "inf"])
def test_a_time_scale_is_one(scale: str) -> None:
    with pytest.raises(BadSurroundingsError, match=f"EMULATOR_TIME_SCALE must be a number above 0, got '{scale}'"):
        NetworkSettings.read({**EMULATOR, "EMULATOR_TIME_SCALE": scale})
