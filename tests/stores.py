"""A real S3 server on loopback, for tests that read from a store or write to one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from uuid import uuid4


@contextmanager
def bucket_on_loopback() -> Iterator[str]:
    """Start moto's S3 server, make a bucket in it, and give its address; the environment knows how to reach it."""
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "loopback",
        "AWS_SECRET_ACCESS_KEY": "no secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    with mock.patch.dict(os.environ, environment):
        name = f"bucket-{uuid4().hex[:8]}"
        store = fsspec.filesystem("s3", skip_instance_cache=True)
        type(store).clear_instance_cache()
        store.mkdir(name)
        try:
            yield f"s3://{name}"
        finally:
            server.stop()
