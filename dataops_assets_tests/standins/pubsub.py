"""A stand-in for Pub/Sub in the test's own process: what is published to a topic can be pulled once.

A gRPC server that speaks the official clients' own types. It has topics, subscriptions, and pull; messages that are
pulled are taken for acknowledged.
"""

import os
import threading
import uuid
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from google.pubsub_v1 import types


class PubSubServer:
    """With the environment of this process leading there for the length of the block."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.topics: dict[str, types.Topic] = {}
        self.subscriptions: dict[str, types.Subscription] = {}
        self.waiting: dict[str, list[types.PubsubMessage]] = {}
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers(
            (
                _service(
                    "google.pubsub.v1.Publisher",
                    CreateTopic=(types.Topic, self.create_topic),
                    Publish=(types.PublishRequest, self.publish),
                ),
                _service(
                    "google.pubsub.v1.Subscriber",
                    CreateSubscription=(types.Subscription, self.create_subscription),
                    Pull=(types.PullRequest, self.pull),
                ),
            )
        )
        self.port = self.server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> "PubSubServer":
        self.server.start()
        os.environ["PUBSUB_EMULATOR_HOST"] = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        del os.environ["PUBSUB_EMULATOR_HOST"]
        self.server.stop(0.1).wait()

    def create_topic(self, request: types.Topic, _context: grpc.ServicerContext) -> types.Topic:
        self.topics[request.name] = request
        return request

    def create_subscription(self, request: types.Subscription, _context: grpc.ServicerContext) -> types.Subscription:
        self.subscriptions[request.name] = request
        self.waiting[request.name] = []
        return request

    def publish(self, request: types.PublishRequest, context: grpc.ServicerContext) -> types.PublishResponse:
        if request.topic not in self.topics:
            name = request.topic.rpartition("/")[2]
            context.abort(grpc.StatusCode.NOT_FOUND, f"Resource not found (resource={name}).")
        with self.lock:
            for message in request.messages:
                message.message_id = uuid.uuid4().hex
                for name, subscription in self.subscriptions.items():
                    if subscription.topic == request.topic:
                        self.waiting[name].append(message)
        return types.PublishResponse(message_ids=[message.message_id for message in request.messages])

    def pull(self, request: types.PullRequest, _context: grpc.ServicerContext) -> types.PullResponse:
        with self.lock:
            taken, self.waiting[request.subscription] = self.waiting[request.subscription], []
        return types.PullResponse(
            received_messages=[types.ReceivedMessage(ack_id=message.message_id, message=message) for message in taken]
        )


def _bytes(answer: Any) -> bytes:
    return type(answer).serialize(answer)


def _service(name: str, **methods: tuple[Any, Callable[..., Any]]) -> grpc.GenericRpcHandler:
    handlers = {
        method: grpc.unary_unary_rpc_method_handler(function, kind.deserialize, _bytes)
        for method, (kind, function) in methods.items()
    }
    return grpc.method_handlers_generic_handler(name, handlers)
