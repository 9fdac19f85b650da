"""A stand-in for Pub/Sub in the test process: what is published to a topic is delivered until it is acknowledged.

A gRPC server that speaks the official clients' own types. It has topics, subscriptions, publishing, pull,
acknowledgement and nack, and counts deliveries. What was pulled is delivered again when it is nacked, or when a test
lets the deadline of all pass; a pull that finds nothing answers at once.
"""

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.pubsub_v1 import types


class PubSubServer:
    """With the environment of this process leading there for the length of the block.

    pulled: by subscription and token, what is out. meanwhile: called with what is published, before it is kept.
    refuse: how many of the next publications are refused for now.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.topics: dict[str, types.Topic] = {}
        self.subscriptions: dict[str, types.Subscription] = {}
        self.waiting: dict[str, list[types.PubsubMessage]] = {}
        self.pulled: dict[str, dict[str, types.PubsubMessage]] = {}
        self.deliveries: dict[tuple[str, str], int] = {}
        self.published: dict[str, list[types.PubsubMessage]] = {}
        self.acknowledged: list[types.PubsubMessage] = []
        self.meanwhile: Callable[[types.PubsubMessage], None] = lambda message: None
        self.refuse = 0
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
                    Acknowledge=(types.AcknowledgeRequest, self.acknowledge),
                    ModifyAckDeadline=(types.ModifyAckDeadlineRequest, self.modify_ack_deadline),
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
        self.pulled[request.name] = {}
        return request

    def publish(self, request: types.PublishRequest, context: grpc.ServicerContext) -> types.PublishResponse:
        if request.topic not in self.topics:
            name = request.topic.rpartition("/")[2]
            context.abort(grpc.StatusCode.NOT_FOUND, f"Resource not found (resource={name}).")
        if self.refuse:
            self.refuse -= 1
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "User not authorized to perform this action.")
        for message in request.messages:
            self.meanwhile(message)
        with self.lock:
            for message in request.messages:
                message.message_id = uuid.uuid4().hex
                self.published.setdefault(request.topic, []).append(message)
                for name, subscription in self.subscriptions.items():
                    if subscription.topic == request.topic:
                        self.waiting[name].append(message)
        return types.PublishResponse(message_ids=[message.message_id for message in request.messages])

    def pull(self, request: types.PullRequest, context: grpc.ServicerContext) -> types.PullResponse:
        name = request.subscription
        if name not in self.subscriptions:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Resource not found (resource={name.rpartition('/')[2]}).")
        with self.lock:
            every = self.waiting[name]
            taken, self.waiting[name] = every[: request.max_messages], every[request.max_messages :]
            return types.PullResponse(received_messages=list(self._out(name, taken)))

    def _out(self, name: str, taken: list[types.PubsubMessage]) -> Iterator[types.ReceivedMessage]:
        for message in taken:
            token = uuid.uuid4().hex
            self.pulled[name][token] = message
            count = self.deliveries[name, message.message_id] = self.deliveries.get((name, message.message_id), 0) + 1
            # As of the service: counted for those who ask by a policy for dead letters, and 0 for others.
            counted = bool(self.subscriptions[name].dead_letter_policy.dead_letter_topic)
            yield types.ReceivedMessage(ack_id=token, message=message, delivery_attempt=count if counted else 0)

    def acknowledge(self, request: types.AcknowledgeRequest, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        with self.lock:
            for token in request.ack_ids:  # one that is too late does nothing, and no error says so
                if message := self.pulled[request.subscription].pop(token, None):
                    self.acknowledged.append(message)
        return empty_pb2.Empty()

    def modify_ack_deadline(
        self, request: types.ModifyAckDeadlineRequest, _context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        with self.lock:
            if not request.ack_deadline_seconds:
                for token in request.ack_ids:
                    if message := self.pulled[request.subscription].pop(token, None):
                        self.waiting[request.subscription].append(message)
        return empty_pb2.Empty()

    def pass_deadlines(self) -> None:
        """Let everything that is out be delivered again."""
        with self.lock:
            for name, out in self.pulled.items():
                self.waiting[name] += out.values()
                out.clear()


def _bytes(answer: Any) -> bytes:
    return answer.SerializeToString() if isinstance(answer, empty_pb2.Empty) else type(answer).serialize(answer)


def _service(name: str, **methods: tuple[Any, Callable[..., Any]]) -> grpc.GenericRpcHandler:
    handlers = {
        method: grpc.unary_unary_rpc_method_handler(function, kind.deserialize, _bytes)
        for method, (kind, function) in methods.items()
    }
    return grpc.method_handlers_generic_handler(name, handlers)
