"""The labs of labs/, for tests: the same files, each machine a lib.vm.VM."""

import contextlib
import pathlib
import sys
import tempfile

from lib.vm import ROOT, VM

sys.path.insert(0, str(ROOT / "labs"))
import lab  # noqa: E402


class _End:
    """A card's end of a cable, for VM(nets=…)."""

    def __init__(self, cables, machine, i):
        self.cables, self.machine, self.i = cables, machine, i
        self.card_mac = machine.mac(i)

    def netdev(self, _ident, _dir):
        return self.cables.netdev(self.machine, self.i)

    def report(self, _dir):
        pass

    def close(self):
        pass


class RunningLab(contextlib.ExitStack):
    """lab["router"] is a VM. Leaving it ends all of them."""

    def __init__(self, name, only=None):
        super().__init__()
        self.lab = lab.Lab(name)
        self.dir = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
        self.cables = lab.Cables(self.lab, self.dir)
        self.callback(self.cables.close)
        self.vms = {}
        try:
            for machine in self.lab.machines:
                self.vms[machine.name] = self.enter_context(self._boot(machine))
            for vm in self.vms.values():
                vm.wait_prompt()
        except BaseException:
            for vm in self.vms.values():
                vm.report()
            self.close()
            raise

    def _boot(self, machine):
        args = ["-initrd", str(lab.pack(machine.root, self.dir / f"{machine.name}.tar"))] if machine.root else []
        ends = [_End(self.cables, machine, i) for i in range(len(machine.nics))]
        return VM(append=machine.append(), nets=ends, card=[nic.card for nic in machine.nics], mem=machine.mem, args=args)

    def __exit__(self, kind, value, trace):
        if kind:
            for vm in self.vms.values():
                vm.report()
        return super().__exit__(kind, value, trace)

    def __getitem__(self, name):
        return self.vms[name]

    def pull(self, link, up):
        """The cards at both ends of @link see their cable come or go."""
        for machine, i in self.lab.links[link].ends:
            self.vms[machine.name].set_link(i, up)
