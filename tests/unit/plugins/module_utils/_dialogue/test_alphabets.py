# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies in their country's own alphabet: shown as words, and read."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._dialogue.alphabets import ALPHABETS, readable
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.replies import smtp_reply
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.verdicts import (
    AUTH_RULES,
    SENDER_RULES,
    Rule,
    reason_for,
)

# Sentences that servers of these countries say, with their encoding.
SENTENCES = {
    "QQ, an authorization code": ("gb18030", "Error: 请使用授权码登录。详情请看: http://service.mail.example.edu/"),
    "NetEase, a wrong password": ("gb18030", "用户名或密码错误"),
    "Sina, too often": ("gb18030", "登录过于频繁，请稍后再试"),
    "a sender of somebody else's": ("gb18030", "发信人地址与登录帐号不一致"),
    "Taiwan, a wrong password": ("big5", "使用者名稱或密碼錯誤"),
    "Taiwan, no such user": ("big5", "沒有這個使用者，請檢查收件人地址"),
    "Japan, a login that failed": ("shift_jis", "認証に失敗しました。ユーザー名とパスワードを確認してください"),
    "Japan, a locked account": ("shift_jis", "アカウントがロックされています"),
    "Russia, KOI8-R": ("koi8-r", "Неверное имя пользователя или пароль"),
    "Russia, Windows": ("cp1251", "Неверное имя пользователя или пароль"),
    "Russia, Windows, short": ("cp1251", "Ошибка аутентификации"),
    "Ukraine, Windows": ("cp1251", "Невірний пароль користувача"),
    "Germany": ("cp1252", "Anmeldung ungültig: Benutzername oder Kennwort falsch für dieses Postfach"),
    "France": ("cp1252", "Échec d'authentification: boîte désactivée"),
    "Spain, Latin-1": ("latin-1", "Autenticación fallida: contraseña incorrecta"),
    "Poland": ("cp1250", "Błąd uwierzytelniania: nieprawidłowe hasło"),
    "Greece": ("cp1253", "Λάθος όνομα χρήστη ή κωδικός πρόσβασης"),
}


@pytest.mark.parametrize(("encoding", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_is_shown_as_it_was_said(encoding: str, sentence: str) -> None:
    assert readable([sentence.encode(encoding)]) == [sentence]


@pytest.mark.parametrize(("encoding", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_in_utf_8_there_is_no_doubt(encoding: str, sentence: str) -> None:  # noqa: ARG001
    assert readable([sentence.encode()]) == [sentence]


MEANINGS: dict[str, tuple[tuple[Rule, ...], bytes, str]] = {
    "an authorization code": (
        AUTH_RULES,
        "535 Error: 请使用授权码登录".encode("gb18030"),
        "auth_app_password_required",
    ),
    "a wrong password": (AUTH_RULES, "535 用户名或密码错误".encode("gb18030"), "auth_rejected"),
    "too often": (AUTH_RULES, "535 登录过于频繁".encode("gb18030"), "auth_too_many_attempts"),
    "an application password": (
        AUTH_RULES,
        "535 5.7.0 Необходим пароль для внешних приложений".encode("koi8-r"),
        "auth_app_password_required",
    ),
    "another's sender": (SENDER_RULES, "550 发信人地址与登录帐号不一致".encode("gb18030"), "sender_not_owned"),
}


@pytest.mark.parametrize(("rules", "line", "reason"), MEANINGS.values(), ids=MEANINGS)
def test_a_sentence_is_read(rules: tuple[Rule, ...], line: bytes, reason: str) -> None:
    assert reason_for(rules, smtp_reply([line]), secure=True, logged_in=True) == reason


def test_a_reply_is_read_whole() -> None:
    """One line alone could be anything: all of them together decide."""
    lines = ["Ошибка", "аутентификации", "пользователя"]
    assert readable([line.encode("koi8-r") for line in lines]) == lines


@pytest.mark.parametrize("data", [b"\xff", b"\x80\x81", b"caf\xe9", b"\xa3 5", b"a\xffb\x00c", bytes(range(128, 256))])
def test_any_octets_become_one_printable_line(data: bytes) -> None:
    (text,) = readable([data])
    assert text.isprintable()


def test_the_order_is_declared() -> None:
    assert ALPHABETS[:4] == ("gb18030", "big5", "shift_jis", "koi8-r")
    assert ALPHABETS[-1] == "latin-1"  # which reads anything
