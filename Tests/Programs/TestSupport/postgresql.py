#!/usr/bin/env python3
"""A PostgreSQL server for tests, in a folder of its own, reached by a socket in it: `postgresql.py FOLDER`.

Prints where it listens. It ends when standard input does, so that it outlives nobody."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    assert found, "no PostgreSQL server is installed: scripts/setup --test"
    return found[-1]


def main():
    folder, bin_folder = os.path.abspath(sys.argv[1]), programs()
    options = {}
    if os.getuid() == 0:
        # The server refuses to be root.
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = f"{folder}/data"
    subprocess.run([f"{bin_folder}/initdb", "-D", data, "-U", "framesift", "--auth=trust", "--no-sync", "-E", "UTF8",
                    "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd="/", **options)
    settings = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off", "max_connections": "200",
                "log_min_messages": "fatal", "shared_buffers": "32MB"}
    # A session of its own: a key pressed for the tests does not reach it.
    server = subprocess.Popen([f"{bin_folder}/postgres", "-D", data, *(f"-c{name}={value}" for name, value in
                               settings.items())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, start_new_session=True, cwd="/", **options)
    wait = ["pg_isready", "-q", "-h", folder, "-t", "30"]
    while subprocess.run([f"{bin_folder}/{wait[0]}", *wait[1:]], check=False).returncode != 0:
        assert server.poll() is None, server.stderr.read()
    print(f"listening on {folder}", flush=True)
    sys.stdin.read()
    server.send_signal(signal.SIGQUIT)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
