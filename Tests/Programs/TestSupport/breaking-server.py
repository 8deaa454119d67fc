"""Serves a file and closes each connection after a share of what it announced: `breaking-server.py FILE SHARE`.

Under names of playlists it serves one whose only entry is the file. Prints its port. On loopback only.
"""
import sys

from servers import Handler, Server

with open(sys.argv[1], "rb") as file:
    data = file.read()
share = float(sys.argv[2])
# Shorter than it is: what the playlist says does not tell that something is missing.
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/file.ts\n#EXT-X-ENDLIST\n"


class Breaking(Handler):
    protocol_version = "HTTP/1.0"  # a connection an answer

    def do_GET(self):
        is_playlist = self.path.endswith(".m3u8")
        body = PLAYLIST if is_playlist else data
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if is_playlist else body[:int(len(body) * share)])


Server(Breaking).announce()
