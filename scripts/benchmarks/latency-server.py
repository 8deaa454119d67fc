"""A service on loopback that answers each request after a fixed time: `latency-server.py MILLISECONDS FAILURES`.

Every picture is fine (PicPurify's answer); FAILURES is the share of answers that are 503, chosen by a seed. Prints its port;
on SIGTERM, a line of JSON: requests, failures, connections, and the most requests at once.
"""
import asyncio
import json
import random
import signal
import sys

latency, share = float(sys.argv[1]) / 1000, float(sys.argv[2])
random.seed(7)
counts = {"requests": 0, "failures": 0, "connections": 0, "most": 0}
running = 0
good = json.dumps({
    "status": "success", "final_decision": "OK", "confidence_score_decision": 0.99, "units_consumed": 1,
    "porn_moderation": {"porn_content": False, "confidence_score": 0.99, "compute_time": 0.1},
    "media": {"media_id": "a"}}).encode()


def response(status, body):
    return f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def wait():
    global running
    running += 1
    counts["most"] = max(counts["most"], running)
    await asyncio.sleep(latency)
    running -= 1


async def serve(reader, writer):
    counts["connections"] += 1
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(length)
            counts["requests"] += 1
            await wait()
            fails = random.random() < share
            counts["failures"] += fails
            writer.write(response(503, b"") if fails else response(200, good))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 22)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    print(json.dumps(counts), flush=True)
    sys.stdout.flush()
    import os
    os._exit(0)


asyncio.run(main())
