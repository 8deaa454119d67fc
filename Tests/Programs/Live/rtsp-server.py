"""Serves a clip over RTSP on loopback, with two tones beside its pictures: `rtsp-server.py CLIP`. Prints its address."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
PICTURES = f"filesrc location={sys.argv[1]} ! qtdemux ! h264parse ! rtph264pay config-interval=-1 name=pay0"
TONES = [f"audiotestsrc ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay{number}" for number in (1, 2)]
factory.set_launch(f"( {' '.join([PICTURES, *TONES])} )")
factory.set_shared(False)
server.get_mount_points().add_factory("/show", factory)
server.attach(None)
print(f"rtsp://127.0.0.1:{server.get_bound_port()}/show", flush=True)
GLib.MainLoop().run()
