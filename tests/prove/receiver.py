"""An HTTP receiver on loopback that keeps what it gets: what people outside are told."""
import http.server
import threading
import time


class Receiver:
    """Answers 200 and keeps everything, unless `answer` says otherwise for a path."""

    def __init__(self):
        self.posts = []  # (monotonic, path, headers, body)
        self.beats = 0
        self.answer = {}  # path -> a function of the post that returns (status, headers)
        self.lock = threading.Lock()
        self.port = 0
        self.server = None
        self.start()

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                receiver.beats += 1
                self.reply(200, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                post = (time.monotonic(), self.path, dict(self.headers), body)
                with receiver.lock:
                    receiver.posts.append(post)
                    say_it = receiver.answer.get(self.path)
                status, headers = say_it(post) if say_it else (200, {})
                self.reply(status, headers)

            def reply(self, status, headers):
                try:
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": "0"}.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass  # whoever asked was killed

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler, bind_and_activate=False)
        self.server.allow_reuse_address = True
        self.server.handle_error = lambda *_: None  # whoever was connected was killed
        self.server.daemon_threads = True
        self.server.server_bind()
        self.server.server_activate()
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def of(self, path, since=0.0):
        with self.lock:
            return [post for post in self.posts if post[1] == path and post[0] >= since]
