#!/usr/bin/python3
"""A VMM's part and a guest driver's part, over plain gRPC, from CreateVm to the end: docs/vmm-guide.md explains it.

    first_vmm.py 127.0.0.1:7400        (or unix:PATH)

Needs Debian's python3-grpcio and python3-protobuf. Ends with exit code 0 and "ok" if all was as expected, else with 1.
"""

import queue
import sys
import threading

import grpc

from smoke import Reflection, Service, message_class

GICD, GITS, GICR, GICR_BYTES = 0x08000000, 0x08080000, 0x080A0000, 0x20000
RAM = 0x40000000
CONFIGURATION, PENDING_TABLES, DEVICE_TABLE = RAM + 0x10000, RAM + 0x20000, RAM + 0x40000
COLLECTION_TABLE, QUEUE, TRANSLATION_TABLE = RAM + 0x50000, RAM + 0x60000, RAM + 0x70000
VALID, PAGES_64K = 1 << 63, 2 << 8
ICC_PMR, ICC_IAR1, ICC_EOIR1, ICC_SRE, ICC_IGRPEN1 = 0xC230, 0xC660, 0xC661, 0xC665, 0xC667
DEVICE, EVENT, LPI, SPI = 0x10, 0, 8192, 40
MSI_OUTCOME_PENDED = 1
PATIENCE_S = 10
SPEC = {
    "profile": "PROFILE_KVM",
    "vcpus": [{}, {}],
    "distributor_base": GICD,
    "redistributor_regions": [{"base": GICR, "count": 2}],
    "its": [{"base": GITS}],
    "memory_regions": [{"base": RAM, "size_bytes": 1 << 20, "hosted": {}}],
    "lease": {"duration_ms": 10_000, "orphan_policy": "ORPHAN_POLICY_DELETE"},
}
failures = 0


class Session:
    """A thread reads the stream: it keeps lines as they were last told, and hands answers to who waits for them."""

    def __init__(self, channel, pool, vm):
        self._to, response = message_class(pool, "its.v1.FromVmm"), message_class(pool, "its.v1.ToVmm")
        self._outgoing, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
        self._sequence = 0
        self.lines, self.news = {}, threading.Condition()
        self.ended_interrupts = queue.SimpleQueue()
        self._stream = channel.stream_stream(
            "/its.v1.Vmm/Attach",
            request_serializer=self._to.SerializeToString,
            response_deserializer=response.FromString,
        )(iter(self._outgoing.get, None))
        self._send(attach={"vm": vm})
        self._keep(next(self._stream).attached.lines)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, **request):
        """Sends one request and waits for its answer, as a vCPU that has trapped does."""
        self._sequence += 1
        received = self._sequence - 1  # one at a time: all answers before it are here
        self._send(request={"sequence": self._sequence, "received": received, **request})
        answer = self._answers.get(timeout=PATIENCE_S)
        assert answer is not None, "the stream has ended"
        assert answer.sequence == self._sequence and not answer.HasField("error"), answer
        return answer

    def wait_for_interrupt(self, vcpu):
        """WFI: sleeps until the vCPU's line is asserted. False when it does not come in time."""
        with self.news:
            return self.news.wait_for(lambda: self.lines[vcpu].irq_asserted, PATIENCE_S)

    def detach(self):
        self._send(detach={})
        self._reader.join(PATIENCE_S)
        self._outgoing.put(None)

    def _read(self):
        try:
            for message in self._stream:
                if message.WhichOneof("message") == "answer":
                    self._keep(message.answer.changed_lines, message.answer.ended_interrupts)
                    self._answers.put(message.answer)
                elif message.WhichOneof("message") == "changes":
                    self._keep(message.changes.lines, message.changes.ended_interrupts)
                    self._send(received={"changes": message.changes.number})
        finally:
            self._answers.put(None)

    def _keep(self, lines, ended_interrupts=()):
        with self.news:
            for line in lines:
                if line.vcpu not in self.lines or line.generation > self.lines[line.vcpu].generation:
                    self.lines[line.vcpu] = line
            self.news.notify_all()
        for end in ended_interrupts:
            self.ended_interrupts.put(end)

    def _send(self, **message):
        self._outgoing.put(self._to(**message))


class Guest:
    """What a guest does to its interrupt controller, as the VMM traps it."""

    def __init__(self, session):
        self._ask = session.ask

    def load(self, address, size):
        return self._ask(read={"target": {"address": address}, "size_bytes": size}).value

    def store(self, address, size, value):
        self._ask(write={"target": {"address": address}, "size_bytes": size, "value": value})

    def mrs(self, vcpu, encoding):
        return self._ask(read_system_register={"vcpu": vcpu, "target": {"encoding": encoding}}).value

    def msr(self, vcpu, encoding, value):
        self._ask(write_system_register={"vcpu": vcpu, "target": {"encoding": encoding}, "value": value})

    def store_ram(self, address, data):
        """Hosted memory: what the guest stores goes to the service before the service is to read it."""
        self._ask(write_memory={"address": address, "data": data})


def bring_up(guest):
    """The driver: distributor, an SPI and LPIs for vCPU 1, CPU interfaces, the ITS with one event of a device."""
    guest.store(GICD, 4, 0x12)  # GICD_CTLR: affinity routing, Group 1
    guest.store(GICD + 0x84, 4, 1 << 8)  # GICD_IGROUPR1
    guest.store(GICD + 0x6000 + 8 * SPI, 8, 1)  # GICD_IROUTER40: Aff0 is 1
    guest.store(GICD + 0x104, 4, 1 << 8)  # GICD_ISENABLER1
    guest.store_ram(CONFIGURATION, bytes([0xA1]))  # LPI 8192: priority 0xA0, enabled
    for vcpu in range(2):
        redistributor = GICR + vcpu * GICR_BYTES
        guest.store(redistributor + 0x70, 8, CONFIGURATION | 15)  # GICR_PROPBASER: 16 INTID bits
        guest.store(redistributor + 0x78, 8, PENDING_TABLES + vcpu * 0x10000)  # GICR_PENDBASER
        guest.store(redistributor, 4, 1)  # GICR_CTLR.EnableLPIs
        guest.msr(vcpu, ICC_SRE, 7)
        guest.msr(vcpu, ICC_PMR, 0xF0)
        guest.msr(vcpu, ICC_IGRPEN1, 1)
    guest.store(GITS + 0x100, 8, VALID | DEVICE_TABLE | PAGES_64K)  # GITS_BASER0
    guest.store(GITS + 0x108, 8, VALID | COLLECTION_TABLE | PAGES_64K)  # GITS_BASER1
    guest.store(GITS + 0x80, 8, VALID | QUEUE | 15)  # GITS_CBASER: 16 pages of 4 KiB
    guest.store(GITS + 0x88, 8, 0)  # GITS_CWRITER
    guest.store(GITS, 4, 1)  # GITS_CTLR
    slots = [
        (DEVICE << 32 | 0x08, 4, VALID | TRANSLATION_TABLE),  # MAPD: 32 events
        (0x09, 0, VALID | 1 << 16),  # MAPC: collection 0 is at vCPU 1
        (DEVICE << 32 | 0x0A, LPI << 32 | EVENT, 0),  # MAPTI
        (DEVICE << 32 | 0x0C, EVENT, 0),  # INV
        (0x05, 0, 1 << 16),  # SYNC
    ]
    commands = b"".join(value.to_bytes(8, "little") for slot in slots for value in (*slot, 0))
    guest.store_ram(QUEUE, commands)
    guest.store(GITS + 0x88, 8, len(commands))
    expect("GITS_CREADR", guest.load(GITS + 0x90, 8), len(commands))


def take_interrupts(session, guest):
    """A message and a wire, each taken by vCPU 1 that sleeps in WFI."""
    message = {"doorbell": {"address": GITS + 0x10040, "data": EVENT, "device_id": DEVICE}}
    outcome = session.ask(msis={"msis": [message]}).msis.results[0].outcome
    expect("outcome of the message", outcome, MSI_OUTCOME_PENDED)
    expect("vCPU 1 is woken", session.wait_for_interrupt(1), True)
    expect("ICC_IAR1_EL1 of vCPU 1", guest.mrs(1, ICC_IAR1), LPI)
    expect("line of vCPU 1", session.lines[1].irq_asserted, False)
    guest.msr(1, ICC_EOIR1, LPI)

    session.ask(levels={"levels": [{"int_id": SPI, "asserted": True, "notify_at_eoi": True}]})
    expect("vCPU 1 is woken", session.wait_for_interrupt(1), True)
    expect("ICC_IAR1_EL1 of vCPU 1", guest.mrs(1, ICC_IAR1), SPI)
    guest.msr(1, ICC_EOIR1, SPI)
    expect("interrupt that ended", session.ended_interrupts.get(timeout=PATIENCE_S).int_id, SPI)
    expect("line of vCPU 1 while the wire is asserted", session.lines[1].irq_asserted, True)
    session.ask(levels={"levels": [{"int_id": SPI, "asserted": False}]})
    expect("line of vCPU 1", session.lines[1].irq_asserted, False)


def expect(what, actual, expected):
    global failures
    failures += actual != expected
    print(f"{what}: {actual}" + ("" if actual == expected else f", but {expected} was expected"))


def main(address):
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        reflection = Reflection(channel)
        pool = reflection.pool_of(reflection.services())
        vms = Service(channel, pool, "its.v1.VirtualMachines")
        vm = vms.CreateVm(spec=SPEC).name
        try:
            session = Session(channel, pool, vm)
            print(f"attached to a VM with {len(session.lines)} vCPUs")
            guest = Guest(session)
            bring_up(guest)
            take_interrupts(session, guest)
            session.detach()
        finally:
            vms.DeleteVm(name=vm)
    print("ok" if failures == 0 else f"{failures} not as expected")
    return 0 if failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7400"))
