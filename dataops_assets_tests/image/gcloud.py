"""A `gcloud` that knows `pubsub topics publish`, which it does with Google's client: for deploy/announce.sh."""

import argparse
import sys


def main(command: list[str]) -> None:
    from google.cloud import pubsub_v1

    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs=3)
    parser.add_argument("topic")
    parser.add_argument("--attribute")
    parser.add_argument("--message")
    options = parser.parse_args(command)
    if options.what != ["pubsub", "topics", "publish"]:
        parser.error(f"this gcloud does not know {' '.join(options.what)}")
    attributes = dict(each.split("=") for each in options.attribute.split(","))
    published = pubsub_v1.PublisherClient().publish(options.topic, options.message.encode(), **attributes)
    print(f"messageIds: {published.result(30)}")


if __name__ == "__main__":
    main(sys.argv[1:])
