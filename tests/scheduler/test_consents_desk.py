"""Consents begun by somebody at the desk: theirs alone, shown again after a restart, kept sealed, used once."""

from datetime import timedelta

import pytest

from scheduler.channels import ChannelError
from scheduler.consents import LIFETIME, Begun, Offer, Wish
from tests.conftest import NOW
from tests.scheduler.house import Running
from tests.scheduler.test_consents import BACK, allow, consents_of, pending, running

__all__ = ["running"]

WISH = Wish("fanpage", "snv", {0: [450]}, {"reel": True})


def by_quang(running: Running) -> Begun:
    now = running.clock.now()
    return consents_of(running).begin("facebook", WISH, redirect_uri=BACK, now=now, by="quang")


def offered(running: Running) -> Offer:
    begun = by_quang(running)
    return consents_of(running).finish(begun.state, allow(running, begun), now=NOW, by="quang")


@pytest.mark.parametrize("by", ["", "hung"])
def test_nobody_else_sees_or_finishes_a_consent_and_it_stays_for_the_one_who_began_it(
    running: Running, by: str
) -> None:
    begun = by_quang(running)
    answer = allow(running, begun)
    with pytest.raises(ChannelError, match="do người khác bắt đầu"):
        consents_of(running).waiting(begun.state, now=NOW, by=by)
    with pytest.raises(ChannelError, match="do người khác bắt đầu"):
        consents_of(running).finish(begun.state, answer, now=NOW, by=by)
    assert consents_of(running).finish(begun.state, answer, now=NOW, by="quang").accounts


def test_a_consent_is_shown_again_with_the_same_address_until_its_time_is_over(running: Running) -> None:
    begun = by_quang(running)
    shown = consents_of(running).waiting(begun.state, now=NOW, by="quang")
    assert (shown.url, shown.platform, shown.redirect_uri) == (begun.url, "facebook", BACK)
    assert (shown.wish, shown.until) == (WISH, NOW + LIFETIME)
    with pytest.raises(ChannelError, match="quá 15 phút"):
        consents_of(running).waiting(begun.state, now=NOW + LIFETIME, by="quang")


def test_an_offer_is_kept_sealed_for_its_person_and_is_good_for_one_channel(running: Running) -> None:
    offer = offered(running)
    name = consents_of(running).keep(offer, now=NOW, by="quang")
    [row] = pending(running)
    for one in offer.connected:
        for secret in one.credentials.values.values():
            assert secret.encode() not in row.secret and secret not in str(row.facts)
    for by, late in (("hung", timedelta()), ("", timedelta()), ("quang", LIFETIME)):
        with pytest.raises(ChannelError):
            consents_of(running).kept(name, now=NOW + late, by=by)
    kept, until = consents_of(running).kept(name, now=NOW, by="quang")
    assert (kept, until) == (offer, NOW + LIFETIME)
    chosen = kept.accounts[0].external_id
    with pytest.raises(ChannelError, match="không mở được tài khoản"):
        consents_of(running).save(kept, "another", now=NOW, name=name)
    assert consents_of(running).save(kept, chosen, now=NOW, name=name).key == "fanpage"
    with pytest.raises(ChannelError, match="đã được dùng"):
        consents_of(running).save(kept, chosen, now=NOW, name=name)
    assert pending(running) == []


def test_a_consent_is_not_taken_for_an_offer_nor_an_offer_for_a_consent(running: Running) -> None:
    offer, begun = offered(running), by_quang(running)
    with pytest.raises(ChannelError, match="quá 15 phút"):
        consents_of(running).kept(begun.state, now=NOW, by="quang")
    name = consents_of(running).keep(offer, now=NOW, by="quang")
    with pytest.raises(ChannelError, match="quá 15 phút"):
        consents_of(running).finish(name, {"state": name, "code": "x"}, now=NOW, by="quang")
    assert consents_of(running).kept(name, now=NOW, by="quang")
