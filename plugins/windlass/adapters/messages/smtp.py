"""Messages as plain-text e-mail through the standard library's SMTP client, one thread a release.

It cannot edit: the new state follows as another mail. A server cannot be asked what it has sent,
so what was sent is remembered in the state folder; a mail whose sending was cut off is sent again
under the same Message-ID, by which mail programs recognise the double.

The connection's extra fields are those of Airflow's SMTP connection: ``disable_ssl`` (no TLS from
the start), ``disable_tls`` (no STARTTLS either), ``from_email``, ``timeout``.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from windlass.adapters.durable_files import locked
from windlass.adapters.records import Records
from windlass.adapters.safe_names import one_line, visible
from windlass.adapters.state_folder import state_folder
from windlass.errors import NotConfigured, RefusedByVendor, VendorUnavailable
from windlass.ports.connection import Connect, ConnectionInfo
from windlass.ports.messages import Message, MessageRef
from windlass.spec.vendors import SmtpSettings

log = logging.getLogger(__name__)

TIMEOUT = 30.0
MARKER = "X-Windlass-Marker"


class SmtpMessages:
    """One list of addresses is the channel."""

    visible_within = 0.0
    deadline = 120.0

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        root: Path,
        connect: Connect,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._sent = Records(state_folder(root, "smtp"))
        self._now = now

    async def find(self, thread: str, marker: str) -> MessageRef | None:
        """See the port; knows the mails that were sent from this installation."""
        ref = self._ref(f"{thread}\n{marker}")
        return ref if await asyncio.to_thread(self._sent.read, ref.id) else None

    async def post(self, message: Message, *, marker: str, under: MessageRef | None) -> MessageRef:
        """See the port.

        Raises:
            RefusedByVendor: the server refuses the credentials, the sender or every address.
            VendorUnavailable: it does not answer, or says "later".
        """
        return await asyncio.to_thread(self._post, message, marker, under)

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """See the port; sends the new state as an answer to ``ref``."""
        await asyncio.to_thread(self._edit, ref, message)

    def _post(self, message: Message, marker: str, under: MessageRef | None) -> MessageRef:
        ref = self._ref(f"{message.thread}\n{marker}")
        with self._alone(ref):
            if self._sent.read(ref.id) is None:
                self._send(self._mail(message, ref.id, marker, under.id if under else None))
                self._sent.write(ref.id, {"shown": _digest(message), "edits": 0})
        return ref

    def _edit(self, ref: MessageRef, message: Message) -> None:
        with self._alone(ref):
            known = self._sent.read(ref.id) or {"shown": "", "edits": 0}
            if known["shown"] == _digest(message):
                return
            edits = int(known["edits"]) + 1
            mail = self._mail(message, self._ref(f"{ref.id}\n{edits}").id, "", ref.id)
            mail.replace_header("Subject", f"Re: {mail['Subject']}")
            self._send(mail)
            self._sent.write(ref.id, {"shown": _digest(message), "edits": edits})

    def _alone(self, ref: MessageRef) -> AbstractContextManager[None]:
        """One sender per message, and few waiting for each other: one of sixteen locks."""
        return locked(self._sent.folder / f".{ref.id[1]}.lock", patience=90)

    def _ref(self, text: str) -> MessageRef:
        digest = hashlib.sha256("\n".join((text, *self._settings.to)).encode()).hexdigest()[:32]
        return MessageRef(", ".join(self._settings.to), f"<{digest}@windlass.invalid>")

    def _mail(
        self, message: Message, message_id: str, marker: str, answers: str | None
    ) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._sender()
        mail["To"] = ", ".join(self._settings.to)
        mail["Subject"] = one_line(message.subject, 200)
        mail["Date"] = format_datetime(self._now())
        mail["Message-ID"] = message_id
        mail["Auto-Submitted"] = "auto-generated"
        if marker:
            mail[MARKER] = one_line(marker, 200)
        if answers:
            mail["In-Reply-To"] = answers
            mail["References"] = answers
        mail.set_content(_text(message))
        return mail

    def _sender(self) -> str:
        info = self._connect(self._settings.connection)
        sender = self._settings.sender or str(info.extra.get("from_email") or "") or info.login
        if "@" not in parseaddr(sender)[1]:
            raise NotConfigured(
                f"messages.smtp: {sender!r} is no sender's address; set sender, or from_email of "
                f"the connection {self._settings.connection}"
            )
        return sender

    def _send(self, mail: EmailMessage) -> None:
        info = self._connect(self._settings.connection)
        try:
            with _server(info) as server:
                if info.login and info.password:
                    server.login(info.login, info.password)
                refused = server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            said = f"{info.host} says {error.smtp_code} {error.smtp_error!r}"
            raise (VendorUnavailable if error.smtp_code < 500 else RefusedByVendor)(said) from error
        except smtplib.SMTPRecipientsRefused as error:
            later = all(code < 500 for code, _ in error.recipients.values())
            said = f"{info.host} refuses {error.recipients}"
            raise (VendorUnavailable if later else RefusedByVendor)(said) from error
        except (smtplib.SMTPException, OSError) as error:
            raise VendorUnavailable(f"{info.host}: {error}") from error
        if refused:
            log.warning("%s refuses %s; the others have the mail", info.host, sorted(refused))


def _server(info: ConnectionInfo) -> smtplib.SMTP:
    """A connected server, encrypted unless the connection says otherwise."""
    timeout = float(info.extra.get("timeout") or TIMEOUT)
    if not _on(info, "disable_ssl"):
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(info.host, info.port or 465, timeout=timeout, context=context)
    server = smtplib.SMTP(info.host, info.port or 587, timeout=timeout)
    if not _on(info, "disable_tls"):
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _on(info: ConnectionInfo, name: str) -> bool:
    return str(info.extra.get(name, False)).lower() in ("true", "1", "yes")


def _text(message: Message) -> str:
    links = "\n".join(f"{one_line(label)}: {one_line(url, 2000)}" for label, url in message.links)
    people = f"For: {', '.join(one_line(name) for name in message.to)}" if message.to else ""
    parts = (people, visible(message.body).strip(), links)
    return "\n\n".join(part for part in parts if part) + "\n"


def _digest(message: Message) -> str:
    said = f"{one_line(message.subject)}\n{_text(message)}"
    return hashlib.sha256(said.encode()).hexdigest()
