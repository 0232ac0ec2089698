"""What the tests of this folder share."""
import re

TABLES = """
CREATE TABLE orders (id bigserial PRIMARY KEY, reference text NOT NULL);
INSERT INTO orders (reference) SELECT 'order ' || g FROM generate_series(1, 120) g;
"""


def tcp_address(rig):
    """Where the API listens, as the log says."""
    return re.search(r"127\.0\.0\.1:\d+", rig.selfheal.log.read_text()).group()


def token(rig):
    return (rig.selfheal.state / "api.token").read_text().strip()
