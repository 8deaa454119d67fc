# shellcheck shell=bash disable=SC2034  # Used where it is sourced.
# What is fetched, pinned by version and SHA-256; packs are in Sources/OnDevice/Packs/sources.json. Sourced by the other
# scripts.
openvino_version=2026.4.1
openvino_requirement="openvino==2026.4.1"
# By machine, as `uname -m` names it: the SHA-256, the platform of the wheel, and the plugin in it. Nothing was ever run
# on aarch64.
declare -A openvino_sha256=(
    [x86_64]=2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf
    [aarch64]=bea1eb3733c34ef331adc945da0ccda5937865031139073663be84c517ffda22)
declare -A openvino_platform=([x86_64]=manylinux_2_28_x86_64 [aarch64]=manylinux_2_35_aarch64)
declare -A openvino_plugin=([x86_64]=intel_cpu [aarch64]=arm_cpu)

# What is used at run time, and no linker names: fonts for PDF, and whom to trust.
data_packages=(fonts-dejavu-core ca-certificates)
build_packages=(libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libturbojpeg0-dev libzbar-dev
    libcurl4-openssl-dev libsqlite3-dev libssl-dev libseccomp-dev pkg-config python3 python3-pip libheif-dev liblcms2-dev
    libwebp-dev libraw-dev libpoppler-glib-dev libpq-dev "${data_packages[@]}")
test_packages=(ffmpeg qrencode python3-venv python3-dev gcc g++ curl iproute2 nginx-light libnginx-mod-rtmp srt-tools
    python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad chromium chromium-driver
    mplayer librsvg2-bin systemd libheif-examples libavif-bin webp libraw-bin poppler-utils postgresql-15 pgbouncer
    skopeo umoci)
# For scripts/package. mmdebstrap makes the Debian of the image and of the tests.
package_packages=(dpkg-dev binutils chrpath mmdebstrap)
# What a Debian that Framesift is installed in has besides the libraries: systemd itself has both.
bare_packages=(systemd-standalone-sysusers systemd-standalone-tmpfiles)
lint_packages=(python3 python3-venv)
bench_packages=(wrk hey curl nginx-light libnginx-mod-rtmp)

# axe-core (MPL-2.0), which finds faults of pages that keep people out; for tests.
axe_requirement="axe-core-python==0.1.0"
axe_sha256=f99f6bd674726c631c5e20b876983b44dff2b8f452a0ccf08f3c23ee45d0aac3
# Has the schema of compose files (Apache-2.0), for a test. Its program is not used.
compose_requirement="docker-compose==1.29.2"
compose_sha256=8d5589373b35c8d3b1c8c1182c6e4a4ff14bffa3dd0b605fcd08f73c94cef809

# What the C sampler is built with, by the scripts that do not build it as a package.
sampler_flags=(-std=gnu17)
sampler_libraries=(-lavformat -lavcodec -lavutil -lswscale -lturbojpeg -lheif -lwebpdemux -lwebp -lraw_r -llcms2 -lcurl
    -lpthread -lm)
if command -v pkg-config >/dev/null && pkg-config --exists poppler-glib; then
    mapfile -t -O 1 sampler_flags < <(pkg-config --cflags-only-I poppler-glib | xargs -n 1)
    mapfile -t -O ${#sampler_libraries[@]} sampler_libraries < <(pkg-config --libs poppler-glib | xargs -n 1)
fi
