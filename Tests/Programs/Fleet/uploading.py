"""Files that are submitted to the API of Sightengine."""
import json
import urllib.error
import urllib.request
import uuid


def upload(port, clip, fields):
    """Submits a file. The status and the answer."""
    border = uuid.uuid4().hex
    fields = {**fields, "api_user": "u", "api_secret": "s"}
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]
    with open(clip, "rb") as file:
        parts.append(f'--{border}\r\nContent-Disposition: form-data; name="media"; filename="clip.mp4"\r\n\r\n'.encode()
                     + file.read() + f"\r\n--{border}--\r\n".encode())
    request = urllib.request.Request(f"http://127.0.0.1:{port}/1.0/video/check.json", b"".join(parts),
                                     {"Content-Type": f"multipart/form-data; boundary={border}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
