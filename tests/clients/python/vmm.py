#!/usr/bin/python3
"""A small VMM over plain gRPC: one stream that carries register accesses, messages and interrupt lines.

    vmm.py 127.0.0.1:7400        (or unix:PATH)

It creates a VM, attaches to it, sets it up as a guest does, sends a message, takes the interrupt, and comes back after
a lost connection. Needs Debian's python3-grpcio and python3-protobuf. Ends with exit code 0 and "ok", or with 1 and what
was wrong.
"""

import queue
import sys

import grpc

from smoke import RAM_BASE, RAM_BYTES, VALID, Reflection, Service, message_class

VM = "vms/python-vmm"
ICC_PMR, ICC_IAR1, ICC_EOIR1, ICC_IGRPEN1 = 0xC230, 0xC660, 0xC661, 0xC667
DEVICE, EVENT, LPI = 0x28, 0, 8192


class Session:
    """One VMM's session. Its answers are read in order, and lines are kept as they were last told."""

    def __init__(self, channel, pool, vm):
        self._to = message_class(pool, "its.v1.FromVmm")
        self._from = message_class(pool, "its.v1.ToVmm")
        self._channel = channel
        self._vm = vm
        self._token = ""
        self._sequence = 0
        self._received = 0
        self._unanswered = []
        self.lines = {}
        self.attach()

    def attach(self):
        """Begins the session, or goes on with it on a new stream; what the VM has not taken is sent again."""
        self._outgoing = queue.SimpleQueue()
        self._stream = self._channel.stream_stream(
            "/its.v1.Vmm/Attach",
            request_serializer=self._to.SerializeToString,
            response_deserializer=self._from.FromString,
        )(iter(self._outgoing.get, None))
        self._send(attach={"vm": self._vm, "session": self._token, "received": self._received})
        attached = next(self._stream).attached
        self._token = attached.session
        self._keep(attached.lines)
        for request in self._unanswered:
            if request["sequence"] > attached.last_taken:
                self._send(request=request)

    def cut(self):
        """Loses the connection, as far as the service can tell."""
        self._stream.cancel()

    def ask(self, **request):
        """Sends one request and waits for its answer; what has changed meanwhile is taken note of."""
        self.send(**request)
        return self.answer()

    def send(self, **request):
        self._sequence += 1
        self._unanswered.append({"sequence": self._sequence, "received": self._received, **request})
        self._send(request=self._unanswered[-1])

    def answer(self):
        for message in self._stream:
            if message.WhichOneof("message") == "changes":
                self._keep(message.changes.lines)
                continue
            answer = message.answer
            assert answer.sequence == self._received + 1, answer
            self._received = answer.sequence
            del self._unanswered[0]
            self._keep(answer.changed_lines)
            assert not answer.HasField("error"), answer.error.message
            return answer
        raise AssertionError("the stream has ended")

    def read(self, name, index=0):
        return self.ask(read={"target": {"named": {"name": name, "index": index}}}).value

    def write(self, name, value, index=0):
        self.ask(write={"target": {"named": {"name": name, "index": index}}, "value": value})

    def read_system(self, vcpu, encoding):
        return self.ask(read_system_register={"vcpu": vcpu, "target": {"encoding": encoding}}).value

    def write_system(self, vcpu, encoding, value):
        self.ask(write_system_register={"vcpu": vcpu, "target": {"encoding": encoding}, "value": value})

    def detach(self):
        self._send(detach={})
        assert not list(self._stream), "the stream goes on"
        self._outgoing.put(None)

    def _send(self, **message):
        self._outgoing.put(self._to(**message))

    def _keep(self, lines):
        for line in lines:
            known = self.lines.get(line.vcpu)
            if known is None or line.generation > known.generation:
                self.lines[line.vcpu] = line


def slot(*doublewords):
    return b"".join(value.to_bytes(8, "little") for value in (*doublewords, 0, 0, 0, 0)[:4])


def boot(vmm):
    """What a guest's driver does: redistributor, CPU interface, tables, queue, and one mapped event."""
    vmm.ask(write_memory={"address": RAM_BASE + 0x10000, "data": bytes([0xA1])})
    vmm.write("GICD_CTLR", 0b10)
    vmm.write("GICR_PROPBASER", RAM_BASE + 0x10000 | 15)
    vmm.write("GICR_PENDBASER", RAM_BASE + 0x20000)
    vmm.write("GICR_CTLR", 1)
    vmm.write_system(0, ICC_PMR, 0xF0)
    vmm.write_system(0, ICC_IGRPEN1, 1)
    vmm.write("GITS_BASER0", VALID | RAM_BASE + 0x40000)
    vmm.write("GITS_BASER1", VALID | RAM_BASE + 0x50000)
    vmm.write("GITS_CBASER", VALID | RAM_BASE + 0x60000)
    vmm.write("GITS_CTLR", 1)
    commands = b"".join(
        [
            slot(DEVICE << 32 | 0x08, 4, VALID | RAM_BASE + 0x70000),  # MAPD
            slot(0x09, 0, VALID),  # MAPC
            slot(DEVICE << 32 | 0x0A, LPI << 32 | EVENT),  # MAPTI
        ]
    )
    vmm.ask(write_memory={"address": RAM_BASE + 0x60000, "data": commands})
    vmm.write("GITS_CWRITER", len(commands))
    assert vmm.read("GITS_CREADR") == len(commands)


def use(channel, pool):
    vms = Service(channel, pool, "its.v1.VirtualMachines")
    interrupts = Service(channel, pool, "its.v1.Interrupts")
    ram = {"base": RAM_BASE, "size_bytes": RAM_BYTES, "hosted": {}}
    vms.CreateVm(vm_id="python-vmm", spec={"vcpus": [{}], "memory_regions": [ram]})
    try:
        vmm = Session(channel, pool, VM)
        print(f"GITS_TYPER: {vmm.read('GITS_TYPER'):#x}")
        boot(vmm)

        # A device of another process sends a message: the line comes unasked, before the next answer.
        message = {"device_id": DEVICE, "event_id": EVENT}
        interrupts.SignalMsi(vm=VM, its=message)
        vmm.read("GITS_CTLR")
        assert vmm.lines[0].irq_asserted, vmm.lines
        print(f"line of vCPU 0: asserted, generation {vmm.lines[0].generation}")

        # The connection is lost when the acknowledge has been sent, and nobody knows whether it has happened.
        vmm.send(read_system_register={"vcpu": 0, "target": {"encoding": ICC_IAR1}})
        vmm.cut()
        vmm.attach()
        acknowledged = vmm.answer().value
        assert acknowledged == LPI, acknowledged
        assert not vmm.lines[0].irq_asserted, vmm.lines
        print(f"acknowledged once: {acknowledged}")

        vmm.write_system(0, ICC_EOIR1, acknowledged)
        vmm.ask(msis={"msis": [{"its": message}]})
        assert vmm.read_system(0, ICC_IAR1) == LPI
        vmm.detach()
    finally:
        vms.DeleteVm(name=VM)


def main(address):
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        reflection = Reflection(channel)
        use(channel, reflection.pool_of(reflection.services()))
    print("ok")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7400")
