"""Debians to install in and to run programs in. What uses them has namespaces of its own (`alone`), so that their mounts
end with it, and there is no network."""
import contextlib
import os
import subprocess
import sys
import tempfile

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def alone(name):
    """Whether this process is the one in namespaces of its own, with a loopback and no other network, and a folder to
    work in, which `name` is the variable of. If not, starts that one, waits for it, and removes the folder: its mounts
    are gone then."""
    if name in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return True
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        # Whatever ends this process ends that one, and what it has started.
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "-mnpf", "--kill-child", "--mount-proc", sys.executable,
                   "-u", *sys.argv]
        subprocess.run(command, check=True, env={**os.environ, name: folder})
    return False


class Tree:
    """A root folder, which programs run in as in a machine of their own."""

    def __init__(self, root):
        self.root = root
        subprocess.run(["mount", "-t", "proc", "proc", f"{root}/proc"], check=True)
        # Device nodes of a temporary folder may not work.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{root}/dev"], check=True)
        for name in ("null", "zero", "full", "random", "urandom"):
            open(f"{root}/dev/{name}", "w").close()
            subprocess.run(["mount", "--bind", f"/dev/{name}", f"{root}/dev/{name}"], check=True)

    def path(self, inside):
        return self.root + inside

    def command(self, command, user=None):
        """What runs a program in it; with a user, as that, without any right of root's."""
        as_user = [] if user is None else [
            "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
            "--inh-caps=-all"]
        return ["chroot", self.root, *as_user, *command]

    def environment(self, variables=None):
        return {"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **(variables or {})}

    def run(self, *command, user=None, variables=None, status=0):
        """Runs a program to its end, and returns what it printed."""
        ended = subprocess.run(self.command(command, user), env=self.environment(variables), stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=300)
        assert ended.returncode == status, (command, ended.returncode, ended.stdout, ended.stderr)
        return ended.stdout

    @contextlib.contextmanager
    def running(self, command, user, variables=None):
        """A program, until the block ends: then it is told to stop, and has to."""
        process = subprocess.Popen(self.command(command, user), env=self.environment(variables), text=True, umask=0o077,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            yield process
        except BaseException as error:
            process.kill()
            error.add_note(process.stderr.read())
            raise
        finally:
            process.terminate()
            process.communicate(timeout=60)

    @contextlib.contextmanager
    def read_only(self, *writable):
        """Nothing in it can be written, but for some folders: those that are there already, else empty ones in memory."""
        with contextlib.ExitStack() as mounted:
            def mount(*arguments, at):
                subprocess.run(["mount", *arguments, at], check=True)
                mounted.callback(subprocess.run, ["umount", "--lazy", at], check=True)

            mount("--rbind", self.root, at=self.root)
            subprocess.run(["mount", "-o", "remount,bind,ro", self.root], check=True)
            for folder, owner in writable:
                options = f"mode=0700,uid={owner},gid={owner}" if owner is not None else "mode=1777"
                mount("-t", "tmpfs", "-o", options, "tmpfs", at=self.path(folder))
            # Root cannot, either.
            self.run("touch", "/usr/new", status=1)
            yield


def unpacked(tar, folder):
    os.mkdir(folder, 0o755)
    subprocess.run(["tar", "--extract", "--numeric-owner", "--file", tar, "--directory", folder], check=True)
    return Tree(folder)
