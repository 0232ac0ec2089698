"""Slack on loopback, for proofs: the Web API, an incoming webhook and Socket Mode. It records what it is asked, checks each
payload by the limits of Slack's documentation, answers 429, breaks lines, and presses buttons.

    with SlackServer() as slack:
        slack.api            -> "http://127.0.0.1:…/api"
        slack.of("chat.postMessage")
        slack.limit("chat.update", 3)     the next call is answered 429 with Retry-After: 3
        slack.press({...})                over Socket Mode; returns the payload of the acknowledgement
"""
import base64
import contextlib
import hashlib
import hmac
import http.server
import itertools
import json
import os
import re
import struct
import threading
import time
import uuid

BOT, APP, SECRET = "xoxb-loopback-bot", "xapp-loopback-app", "loopback-signing-secret"
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MESSAGE_MOST = 13000


def length(text):
    """As Slack counts: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Checks:
    """What a payload breaks of Slack's documented limits, as sentences."""

    def __init__(self):
        self.found = []

    def most(self, what, text, limit):
        if not isinstance(text, str):
            self.found.append(f"{what} is no text")
        elif not 1 <= length(text) <= limit:
            self.found.append(f"{what} has {length(text)} characters, 1 to {limit}")

    def text(self, what, value, limit, kinds=("plain_text", "mrkdwn")):
        if not isinstance(value, dict) or value.get("type") not in kinds:
            self.found.append(f"{what} is not of {kinds}")
            return
        self.most(what, value.get("text"), limit)
        if "verbatim" in value and value["type"] != "mrkdwn" or "emoji" in value and value["type"] != "plain_text":
            self.found.append(f"{what} has a field of the other kind")

    def element(self, element):
        kind = element.get("type")
        if kind not in ("button", "static_select", "checkboxes"):
            return self.found.append(f"element {kind}")
        self.most("action_id", element.get("action_id"), 255)
        if kind == "button":
            self.text("a button's text", element.get("text"), 75, ("plain_text",))
            self.most("a button's value", element.get("value"), 2000)
            if element.get("style", "primary") not in ("primary", "danger"):
                self.found.append("a button's style")
            return None
        if kind == "static_select":
            self.text("a placeholder", element.get("placeholder"), 150, ("plain_text",))
        options = element.get("options", [])
        if not 1 <= len(options) <= (100 if kind == "static_select" else 10):
            self.found.append(f"{len(options)} options")
        for option in options:
            self.text("an option", option.get("text"), 75, ("plain_text",) if kind == "static_select" else ("plain_text", "mrkdwn"))
            self.most("an option's value", option.get("value"), 150)
        return None

    def block(self, block, where):
        kind = block.get("type")
        if "block_id" in block:
            self.most("block_id", block["block_id"], 255)
        if kind == "header":
            self.text("header", block.get("text"), 150, ("plain_text",))
        elif kind == "section":
            if "text" not in block and "fields" not in block:
                self.found.append("a section with nothing")
            if "text" in block:
                self.text("section", block["text"], 3000)
            if not len(block.get("fields", [0])) in range(1, 11):
                self.found.append("more than ten fields")
            for field in block.get("fields", []):
                self.text("field", field, 2000)
        elif kind == "context":
            if not 1 <= len(block.get("elements", [])) <= 10:
                self.found.append("a context of more than ten")
            for element in block["elements"]:
                self.text("context", element, 3000)
        elif kind == "actions" and where == "message":
            if not 1 <= len(block.get("elements", [])) <= 25:
                self.found.append("more than 25 actions")
            for element in block["elements"]:
                self.element(element)
        elif kind == "input" and where == "modal":
            self.text("label", block.get("label"), 2000, ("plain_text",))
            self.element(block.get("element", {}))
        else:
            self.found.append(f"block {kind} in a {where}")

    def message(self, payload, is_webhook):
        if not payload.get("text"):
            self.found.append("no complete top-level text")
        blocks = payload.get("blocks", [])
        if len(blocks) > 50:
            self.found.append(f"{len(blocks)} blocks")
        for block in blocks:
            self.block(block, "message")
            if is_webhook and block.get("type") == "actions":
                self.found.append("buttons in a webhook's message")
        if length(json.dumps(payload, ensure_ascii=False)) > MESSAGE_MOST:
            self.found.append("the message is longer than what Slack takes")

    def modal(self, view):
        if view.get("type") != "modal":
            self.found.append("no modal")
        for name in ("title", "submit", "close"):
            if name in view or name == "title":
                self.text(name, view.get(name), 24, ("plain_text",))
        if "private_metadata" in view:
            self.most("private_metadata", view["private_metadata"], 3000)
        if not 1 <= len(view.get("blocks", [])) <= 100:
            self.found.append("blocks of a modal")
        for block in view["blocks"]:
            self.block(block, "modal")
        if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            self.found.append("an input without submit")


class Line:
    """The server's end of one WebSocket (RFC 6455)."""

    def __init__(self, handler):
        self.handler = handler
        self.lock = threading.Lock()

    def send(self, text, opcode=1):
        data = text.encode()
        head = bytes([0x80 | opcode])
        size = len(data)
        head += bytes([size]) if size < 126 else struct.pack(">BH", 126, size) if size < 65536 else struct.pack(">BQ", 127, size)
        with self.lock:
            self.handler.wfile.write(head + data)
            self.handler.wfile.flush()

    def receive(self):
        """The next text; None when the line has ended."""
        read = self.handler.rfile.read
        while True:
            head = read(2)
            if len(head) < 2:
                return None
            opcode, size = head[0] & 15, head[1] & 127
            if size > 125:
                size = struct.unpack(">H" if size == 126 else ">Q", read(2 if size == 126 else 8))[0]
            mask = read(4) if head[1] & 128 else b"\0\0\0\0"
            data = bytes(byte ^ key for byte, key in zip(read(size), itertools.cycle(mask)))
            if opcode == 8:
                return None
            if opcode == 9:
                self.send(data.decode("latin-1"), 10)
            elif opcode == 1:
                return data.decode()

    def drop(self):
        try:
            self.handler.connection.shutdown(2)
        except OSError:
            pass


class SlackServer:
    def __init__(self):
        self.calls = []     # (monotonic, method, payload, status)
        self.problems = []  # what broke a limit, or came too early
        self.limits = {}    # method -> seconds of the next Retry-After
        self.closed = {}    # method -> until when
        self.failures = {}  # method -> words of the next answers
        self.lines = []
        self.acks = {}
        self.changed = threading.Condition()
        self.stamps = itertools.count(1)
        self.server = None

    def __enter__(self):
        slack = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                slack.converse(self)

            def do_POST(self):
                slack.answer(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"127.0.0.1:{self.server.server_address[1]}"
        self.api = f"http://{self.url}/api"
        self.hook = f"http://{self.url}/hook/T0/B0/secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for line in list(self.lines):
            line.drop()
        self.server.shutdown()
        self.server.server_close()

    # --- the Web API
    def of(self, method, since=0.0):
        with self.changed:
            return [payload for at, name, payload, status in self.calls if name == method and at >= since and status == 200]

    def posts(self, since=0.0):
        """Messages in the channel itself, not in threads."""
        return [post for post in self.of("chat.postMessage", since) if "thread_ts" not in post]

    def limit(self, method, seconds):
        with self.changed:
            self.limits[method] = seconds

    def fail(self, method, word):
        with self.changed:
            self.failures.setdefault(method, []).append(word)

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        method = handler.path.removeprefix("/api/") if handler.path.startswith("/api/") else "hook"
        try:
            payload = json.loads(body or b"{}")
        except ValueError:
            payload = None
        with self.changed:
            status, headers, answer = self.judged(method, payload, handler.headers.get("Authorization", ""))
            self.calls.append((time.monotonic(), method, payload, status))
            self.changed.notify_all()
        text = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)

    def judged(self, method, payload, authorization):
        now = time.monotonic()
        if now < self.closed.get(method, 0):
            self.problems.append(f"{method} came {self.closed[method] - now:.1f} s before Retry-After was over")
        if method in self.limits:
            seconds = self.limits.pop(method)
            self.closed[method] = now + seconds - 0.05
            return 429, {"Retry-After": str(seconds)}, {"ok": False, "error": "ratelimited"}
        if payload is None:
            self.problems.append(f"{method}: no JSON")
            return 200, {}, {"ok": False, "error": "invalid_json"}
        wanted = f"Bearer {APP if method == 'apps.connections.open' else BOT}"
        if method != "hook" and authorization != wanted:
            return 200, {}, {"ok": False, "error": "invalid_auth"}
        if self.failures.get(method):
            return 200, {}, {"ok": False, "error": self.failures[method].pop(0)}
        checks = Checks()
        if method in ("hook", "chat.postMessage", "chat.update", "chat.postEphemeral"):
            checks.message(payload, method == "hook")
        if method in ("views.open", "views.update"):
            checks.modal(payload["view"])
        self.problems += [f"{method}: {found}" for found in checks.found]
        if method == "hook":
            return 200, {}, "ok"
        answer = {"ok": True}
        if method == "chat.postMessage":
            answer |= {"channel": "C0INCIDENTS", "ts": f"1700000000.{next(self.stamps):06d}", "message": payload}
        if method == "apps.connections.open":
            answer["url"] = f"ws://{self.url}/link/?ticket={uuid.uuid4()}"
        if method == "auth.test":
            answer |= {"team": "loopback", "user": "selfheal"}
        return 200, {}, answer

    # --- Socket Mode
    def converse(self, handler):
        key = handler.headers.get("Sec-WebSocket-Key")
        if not handler.path.startswith("/link/") or not key:
            return handler.send_error(404)
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        handler.send_response(101)
        for name, value in {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = True
        line = Line(handler)
        try:
            line.send(json.dumps({"type": "hello", "num_connections": 1}))
        except OSError:
            return None
        with self.changed:
            self.lines.append(line)
            self.changed.notify_all()
        try:
            while (text := line.receive()) is not None:
                message = json.loads(text)
                with self.changed:
                    self.acks[message["envelope_id"]] = (time.monotonic(), message.get("payload"))
                    self.changed.notify_all()
        except (OSError, ValueError):
            pass
        with self.changed:
            self.lines.remove(line)
            self.changed.notify_all()
        return None

    def wait_for_line(self, seconds=20):
        with self.changed:
            if not self.changed.wait_for(lambda: self.lines, seconds):
                raise TimeoutError("nobody opened a Socket Mode connection")
            return self.lines[-1]

    def press(self, payload, seconds=3, twice=False):
        """The acknowledgement's payload; Slack waits three seconds for it."""
        line = self.wait_for_line()
        envelope = {"envelope_id": str(uuid.uuid4()), "type": "interactive", "accepts_response_payload": True, "payload": payload}
        for _ in range(2 if twice else 1):
            line.send(json.dumps(envelope))
        with self.changed:
            if not self.changed.wait_for(lambda: envelope["envelope_id"] in self.acks, seconds):
                raise TimeoutError("an envelope was not acknowledged in time")
            return self.acks[envelope["envelope_id"]][1]

    def drop_lines(self):
        for line in list(self.lines):
            line.drop()
        with self.changed:
            self.changed.wait_for(lambda: not self.lines, 5)

    def ask_to_reconnect(self):
        for line in list(self.lines):
            with contextlib.suppress(OSError, ValueError):  # gone, and not yet struck off
                line.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    def wait_for(self, method, count=1, seconds=20, since=0.0):
        with self.changed:
            def enough():
                return sum(name == method and at >= since and status == 200 for at, name, _, status in self.calls) >= count
            if not self.changed.wait_for(enough, seconds):
                raise TimeoutError(f"{method} was not called {count} times within {seconds} s")
        return self.of(method, since)[-1]


def button(action, value, member="U0ANN"):
    """As Slack tells that a button was pressed."""
    pressed = {"action_id": action, "type": "button", "value": value}
    if action == "incident.mute":
        pressed = {"action_id": action, "type": "static_select", "selected_option": {"value": value}}
    return {"type": "block_actions", "user": {"id": member, "name": "somebody"}, "channel": {"id": "C0INCIDENTS"},
            "trigger_id": f"{time.time_ns()}.1.{uuid.uuid4().hex}", "response_url": "http://127.0.0.1:1/never", "actions": [pressed]}


def submission(view, ticked=True, member="U0ANN", view_id="V0VIEW"):
    """As Slack tells that a modal was sent off."""
    confirm = next((block for block in view["blocks"] if block["type"] == "input"), None)
    options = confirm["element"]["options"] if confirm and ticked else []
    return {"type": "view_submission", "user": {"id": member},
            "view": {"id": view_id, "callback_id": view.get("callback_id", ""), "private_metadata": view.get("private_metadata", ""),
                     "state": {"values": {"confirm": {"confirmed": {"type": "checkboxes", "selected_options": options}}}}}}


def signature(timestamp, body, secret=SECRET):
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


# --- What Slack and the programs around it read in a text; written from Slack's documentation.
OURS = re.compile(r"<http://[^|<>]*\|(?:Open|Ask about it|Review and apply)>")


def strangers_words(payload):
    """All texts of a payload, without the links that are ours: (text, is_markup)."""
    def walk(value):
        if isinstance(value, dict):
            if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
                yield OURS.sub("", value["text"]), value["type"] == "mrkdwn"
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)
    yield from walk(payload)
    if isinstance(payload.get("text"), str):
        yield payload["text"], False


def mentions_and_links(text, is_markup):
    prose = re.sub(r"`[^`]*`", " ", text) if is_markup else text
    mentions = re.findall(r"<[@!#]|@(?:here|channel|everyone)|(?<![\w&])@\w", text) + re.findall(r"(?:^|\s)#[a-z]", prose)
    links = re.findall(r"<(?:https?|mailto|tel):|\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:\S|\bjavascript:\S", text, re.I)
    links += re.findall(r"\w\.(?:com|net|org|io|dev|example)\b", text, re.I) if not is_markup else []
    links += re.findall(r"[\w-]+\.[A-Za-z]{2,}\b", prose)
    return mentions, links


if __name__ == "__main__":
    with SlackServer() as server:
        print(json.dumps({"api": server.api, "hook": server.hook, "bot_token": BOT, "app_token": APP, "signing_secret": SECRET}), flush=True)
        while os.getppid() > 1:
            time.sleep(1)
