"""A PostgreSQL server in a folder of its own, and PgBouncer before it, as the programs of this folder start them."""
import glob
import os
import pwd
import signal
import subprocess

from servers import QUIET, free_port


def unprivileged():
    """How to start a program that refuses to be root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    """Listens on a socket in the folder and, where a port is given, on loopback. Without passwords."""

    def __init__(self, folder, port=None):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert found, "no PostgreSQL server is installed: scripts/setup --test"
        self.programs, self.folder, self.port = found[-1], os.path.abspath(folder), port
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.run("initdb", "-D", f"{self.folder}/data", "-U", "framesift", "--auth=trust", "--no-sync", "-E", "UTF8",
                 "--locale=C", **unprivileged())
        self.start()

    def run(self, program, *arguments, **options):
        subprocess.run([f"{self.programs}/{program}", *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", **options)

    def start(self):
        settings = {"listen_addresses": "127.0.0.1" if self.port else "", "unix_socket_directories": self.folder,
                    "port": self.port or 5432, "fsync": "off", "max_connections": "200", "log_min_messages": "fatal",
                    "shared_buffers": "32MB"}
        # A session of its own: a key pressed for the tests does not reach it.
        self.process = subprocess.Popen(
            [f"{self.programs}/postgres", "-D", f"{self.folder}/data", *(f"-c{name}={value}" for name, value in
             settings.items())], **{**QUIET, "stderr": subprocess.PIPE}, start_new_session=True, cwd="/", **unprivileged())
        ready = [f"{self.programs}/pg_isready", "-q", "-h", self.folder, "-p", str(self.port or 5432)]
        while subprocess.run(ready, check=False).returncode != 0:
            assert self.process.poll() is None, self.process.stderr.read()

    def stop(self, how=signal.SIGINT):
        """SIGINT: as an operator does, whose clients' transactions are undone. SIGQUIT: at once."""
        self.process.send_signal(how)
        self.process.wait()

    def create(self, name):
        self.run("createdb", "-h", self.folder, "-p", str(self.port or 5432), "-U", "framesift", name)

    def ask(self, name, query):
        """Rows, each a list of texts."""
        found = subprocess.run(
            [f"{self.programs}/psql", "-h", self.folder, "-p", str(self.port or 5432), "-U", "framesift", "-v",
             "ON_ERROR_STOP=1", "-AtF", "\x1f", "-R", "\x1e", "-c", query, name],
            check=True, capture_output=True, text=True)
        text = found.stdout.rstrip("\n")
        return [row.split("\x1f") for row in text.split("\x1e")] if text else []


class PgBouncer:
    """In transaction mode, on a port that the system picked."""

    def __init__(self, folder, postgres, name):
        self.port = free_port()
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        with open(f"{folder}/pgbouncer.ini", "w") as file:
            file.write(f"[databases]\n{name} = host={postgres.folder} port={postgres.port or 5432} user=framesift\n"
                       f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nauth_type = any\n"
                       f"unix_socket_dir =\npool_mode = transaction\ndefault_pool_size = 4\n"
                       f"ignore_startup_parameters = extra_float_digits\n")
        self.process = subprocess.Popen(["pgbouncer", f"{folder}/pgbouncer.ini"],
                                        **{**QUIET, "stderr": subprocess.PIPE, "text": True}, **unprivileged())
        for line in self.process.stderr:
            if "process up" in line:
                break

    def stop(self):
        self.process.kill()
        self.process.wait()
