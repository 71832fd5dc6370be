"""A real WordPress from Debian's package, on PHP's own server and a MariaDB that listens on a socket alone.

Comments are held for moderation, application passwords work (the site's type is "local"), nothing calls home.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from .install import WORDPRESS, require
from .processes import Process, free_port, new_folder, remove_folder
from .wire import Answer, answers, call

JSON = dict[str, Any]

_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp');
define('DB_HOST', 'localhost:' . getenv('WP_SOCKET'));
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', 'for tests only ' . $name); define($name . '_SALT', 'for tests only, salt ' . $name);
}
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('WP_HOME', getenv('WP_BASE')); define('WP_SITEURL', getenv('WP_BASE'));
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""
_NO_FLOOD = """<?php
add_action('init', function () { add_filter('wp_is_comment_flood', '__return_false', 99); });
"""
_SETUP = """<?php
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => parse_url(getenv('WP_BASE'), PHP_URL_HOST), 'REQUEST_URI' => '/',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1'];
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Maple & Rye', 'owner', 'owner@example.test', true, '', 'owner-pass');
update_option('permalink_structure', getenv('WP_PRETTY') ? '/%year%/%monthnum%/%postname%/' : '');
update_option('comment_registration', 0);
update_option('comment_moderation', 1);
update_option('comment_previously_approved', 0);
wp_create_user('reader', 'reader-pass', 'reader@example.test');
wp_delete_comment(1, true);
flush_rewrite_rules(false);
"""


class _Form(HTMLParser):
    """The fields of the first form that posts to `action`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action, self._inside = action, False
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = self._action in known.get("action", "")
        elif tag == "input" and self._inside and known.get("type") != "submit" and known.get("name"):
            self.fields[known["name"]] = known.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class Browser:
    """Somebody signed in to the site's own pages, as by a browser: cookies, forms, no redirect followed."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self._base = base
        self._cookies: dict[str, str] = {"wordpress_test_cookie": "WP Cookie check"}
        form = {"log": user, "pwd": password, "wp-submit": "Log In", "testcookie": "1"}
        answer = self.call("POST", f"{base}/wp-login.php", form=form)
        assert answer.status == 302, f"{user} could not sign in: {answer.text[:300]}"

    def call(self, method: str, url: str, **more: Any) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = call(method, url, headers={"Cookie": cookies}, **more)
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def approve(self, url: str, *, press: str = "approve") -> Answer:
        """Open the page that asks for an application password, and press a button of its form."""
        page = self.call("GET", url)
        form = _Form("authorize-application.php")
        form.feed(page.text)
        assert form.fields, f"no form at {url}: {re.sub('<[^>]*>', ' ', page.text)[:600]}"
        return self.call("POST", f"{self._base}/wp-admin/authorize-application.php", form={**form.fields, press: "Yes"})


class WordPressServer:
    """A site with the administrator `owner`, the subscriber `reader`, and one post that takes comments."""

    def __init__(self, *, pretty: bool = True) -> None:
        require("wordpress")
        started = time.monotonic()
        self._folder = new_folder("wordpress")
        self._site, self._data = self._folder / "site", self._folder / "db"
        self._started: list[Process] = []
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        socket = self._folder / "my.sock"
        self._env = {"WP_BASE": self.base, "WP_SOCKET": str(socket), "WP_PRETTY": "1" if pretty else ""}
        try:
            self._start_database(socket)
            self._make_site()
            self._start_site()
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - started

    def _run(self, *command: str | Path, stdin: str = "", cwd: Path | None = None) -> None:
        done = subprocess.run(
            [str(part) for part in command], input=stdin, cwd=cwd or self._folder, env={**os.environ, **self._env},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}"

    def _start_database(self, socket: Path) -> None:
        self._data.mkdir(0o700)
        me = ["--user=root"] if os.geteuid() == 0 else []  # a folder of ours and loopback's: no user of its own needed
        self._run("mariadb-install-db", "--no-defaults", *me, f"--datadir={self._data}", "--skip-test-db",
                  "--auth-root-authentication-method=normal")  # fmt: skip
        database = Process(
            ["mariadbd", "--no-defaults", *me, f"--datadir={self._data}", f"--socket={socket}", "--skip-networking",
             f"--pid-file={self._folder / 'my.pid'}", "--innodb-buffer-pool-size=32M",
             "--innodb-flush-log-at-trx-commit=0"],
            log=self._folder / "db.log", cwd=self._folder,
        )  # fmt: skip
        self._started.append(database)
        database.wait_ready(lambda: "ready for connections" in database.tail(10_000), "MariaDB")
        grant = "create user 'wp'@'localhost' identified by 'wp'; grant all on wp.* to 'wp'@'localhost'"
        self._run("mariadb", "--no-defaults", "-uroot", f"--socket={socket}", stdin=f"create database wp; {grant};")

    def _make_site(self) -> None:
        shutil.copytree(WORDPRESS, self._site, ignore_dangling_symlinks=True, dirs_exist_ok=True)
        (self._site / ".htaccess").unlink(missing_ok=True)
        (self._site / "wp-config.php").unlink(missing_ok=True)
        (self._site / "wp-config.php").write_text(_CONFIG, encoding="utf-8")
        extras = self._site / "wp-content/mu-plugins"
        extras.mkdir(parents=True, exist_ok=True)
        (extras / "no-flood.php").write_text(_NO_FLOOD, encoding="utf-8")
        self._run("php", "-d", "sendmail_path=/bin/true", "--", stdin=_SETUP, cwd=self._site)

    def _start_site(self) -> None:
        self.log = self._folder / "php.log"
        command: list[str | Path] = [
            "php",
            "-d",
            "sendmail_path=/bin/true",
            "-S",
            f"127.0.0.1:{self.port}",
            "-t",
            self._site,
        ]
        site = Process(
            command, log=self.log, cwd=self._site, env={**self._env, "PHP_CLI_SERVER_WORKERS": "4"}
        )  # fmt: skip
        self._started.append(site)
        site.wait_ready(lambda: answers(f"{self.base}/?rest_route=/"), self.base)

    # --- people --------------------------------------------------------------------------------

    def browser(self, user: str = "owner", password: str = "") -> Browser:
        """Somebody signed in to the site's own pages."""
        return Browser(self.base, user, password or f"{user}-pass")

    def comment(self, text: str, *, name: str = "Bob Baker", parent: str | int = 0, post: int = 1) -> str:
        """A visitor comments by the form below the post; it is held. Returns the comment's id."""
        form = {
            "author": name, "email": f"{name.split()[0].lower()}@example.test", "comment": text, "submit": "Post",
            "comment_post_ID": str(post), "comment_parent": str(parent),
        }  # fmt: skip
        answer = call("POST", f"{self.base}/wp-comments-post.php", form=form)
        assert answer.status == 302, f"not taken: {re.sub('<[^>]*>', ' ', answer.text)[:300]}"
        found = re.search(r"#comment-(\d+)", answer.headers["Location"])
        assert found, answer.headers["Location"]
        return found[1]

    def public(self) -> dict[str, JSON]:
        """What a visitor sees, by id."""
        query = urlencode({"rest_route": "/wp/v2/comments", "per_page": "100"})
        found: list[JSON] = call("GET", f"{self.base}/?{query}").ok()
        return {str(one["id"]): one for one in found}

    def change(self, comment: str, *, text: str | None = None, status: str | None = None) -> None:
        """The owner edits a comment, or moves it to "spam", "trash", "hold", "approve", on the server itself."""
        fields = {"comment_ID": int(comment)} | ({"comment_content": text} if text is not None else {})
        code = "<?php require 'wp-load.php'; $what = json_decode(getenv('WHAT'), true); "
        code += "if (count($what['fields']) > 1) { wp_update_comment($what['fields']); } "
        code += "if ($what['status']) { wp_set_comment_status($what['fields']['comment_ID'], $what['status']); }"
        self._env["WHAT"] = json.dumps({"fields": fields, "status": status})
        self._run("php", "-d", "sendmail_path=/bin/true", "--", stdin=code, cwd=self._site)

    def empty(self) -> None:
        """Delete every comment, as on a site that nobody has found yet."""
        code = "<?php require 'wp-load.php'; foreach (get_comments(['fields' => 'ids', 'status' => 'any']) as $one) "
        self._run("php", "-d", "sendmail_path=/bin/true", "--", stdin=code + "{ wp_delete_comment($one, true); }",
                  cwd=self._site)  # fmt: skip

    def stop(self) -> None:
        """Stop both and remove everything."""
        for process in reversed(self._started):
            process.stop()
        self._started.clear()
        remove_folder(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
