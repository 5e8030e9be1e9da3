"""How notices and summaries leave the house, as the settings say. Loaded only where something is to be sent."""

from datetime import timedelta

from sqlalchemy import Engine

from cli.settings import CommonSettings, listed
from postbox.mail import MailServer
from postbox.webhook import Hook
from reports.mailing import Readers, SummaryMail
from scheduler.clock import Clock
from scheduler.telling import Mailing, Telling


def mail_server(settings: CommonSettings) -> MailServer:
    """Where mail is handed in."""
    return MailServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user,
        settings.smtp_password.get_secret_value(),
    )  # fmt: skip


def summary_mail(settings: CommonSettings, engine: Engine, clock: Clock) -> SummaryMail | None:
    """How the weekly summary leaves the house; None: it is shown at the desk only."""
    if not settings.summary_mails:
        return None
    addresses = tuple(listed(settings.summary_to))
    readers = Readers(mail_server(settings), settings.mail_from, addresses, settings.web_address)
    return SummaryMail(engine, clock, readers)


def telling(settings: CommonSettings, engine: Engine, clock: Clock) -> Telling | None:
    """How notices and summaries leave the house, as far as the settings say; None: they are shown at the desk only."""
    post = summary_mail(settings, engine, clock)
    hooks = tuple(Hook(one, settings.webhook_secret.get_secret_value(), settings.proxy) for one in settings.hooks)
    mail = None
    if settings.mails:
        every = timedelta(minutes=settings.mail_every_minutes)
        mail = Mailing(mail_server(settings), settings.mail_from, tuple(listed(settings.mail_to)), every)
    more = (post.run,) if post is not None else ()
    if not (mail or hooks or more):
        return None
    return Telling(engine, clock, mail=mail, hooks=hooks, desk=settings.web_address, more=more)
