#!/usr/bin/python3
"""Many messages on a stream, packed by hand, over plain gRPC: docs/injection.md explains it.

    inject_msis.py 127.0.0.1:7400        (or unix:PATH)

Needs Debian's python3-grpcio and python3-protobuf. Ends with exit code 0 and "ok" if all was as expected, else with 1.
"""

import queue
import struct
import sys
import uuid

import grpc

import first_vmm
from first_vmm import DEVICE, EVENT, LPI, expect
from smoke import Reflection, Service, message_class

BATCH_COUNT, BATCH_SIZE = 40, 256


class Injection:
    """A stream of batches. What was taken is told by cumulative answers."""

    def __init__(self, channel, pool, vm, sender, taken=0):
        self._request = message_class(pool, "its.v1.InjectMsisRequest")
        response = message_class(pool, "its.v1.InjectMsisResponse")
        self._outgoing = queue.Queue(maxsize=16)
        self._outgoing.put(self._request(start={"vm": vm, "sender": sender, "taken": taken}))
        self._call = channel.stream_stream(
            "/its.v1.Interrupts/InjectMsis",
            request_serializer=self._request.SerializeToString,
            response_deserializer=response.FromString,
        )(iter(self._outgoing.get, None))
        self.account = next(self._call)

    def send(self, sequence, records):
        """DeviceID and EventID of each message, 32 bits each, the lowest byte first."""
        packed = b"".join(struct.pack("<II", device, event) for device, event in records)
        self._outgoing.put(self._request(batch={"sequence": sequence, "its": 0, "records": packed}))

    def complete(self):
        self._outgoing.put(None)
        for self.account in self._call:
            pass
        return self.account

    def cut_behind(self, sequence):
        """Reads until so many batches were taken, and breaks the stream off."""
        while self.account.sequence < sequence:
            self.account = next(self._call)
        self._call.cancel()
        self._outgoing.put(None)


def send_over_a_cut(channel, pool, vm):
    records = [(DEVICE, EVENT)] * (BATCH_SIZE - 1) + [(DEVICE + 1, EVENT)]  # the last one is of nobody
    sender = uuid.uuid4().hex  # a name that nobody else can have
    first = Injection(channel, pool, vm, sender)
    for sequence in range(1, 11):
        first.send(sequence, records)
    first.cut_behind(10)

    second = Injection(channel, pool, vm, sender, taken=first.account.sequence)
    expect("batch that the next stream begins behind", second.account.sequence, 10)
    for sequence in range(8, BATCH_COUNT + 1):  # 8 to 10 are left out: they were taken
        second.send(sequence, records)
    account = second.complete()
    expect("batches", account.sequence, BATCH_COUNT)
    expect("messages", account.accepted, BATCH_COUNT * BATCH_SIZE)
    expect("dropped", account.dropped, BATCH_COUNT)
    expect("pended", account.pended, 1)  # nobody has taken the first one: all others coalesce


def main(address):
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        reflection = Reflection(channel)
        pool = reflection.pool_of(reflection.services())
        vms = Service(channel, pool, "its.v1.VirtualMachines")
        vm = vms.CreateVm(spec=first_vmm.SPEC).name
        try:
            session = first_vmm.Session(channel, pool, vm)
            guest = first_vmm.Guest(session)
            first_vmm.bring_up(guest)
            send_over_a_cut(channel, pool, vm)
            expect("vCPU 1 is woken", session.wait_for_interrupt(1), True)
            expect("ICC_IAR1_EL1 of vCPU 1", guest.mrs(1, first_vmm.ICC_IAR1), LPI)
            session.detach()
        finally:
            vms.DeleteVm(name=vm)
    print("ok" if first_vmm.failures == 0 else f"{first_vmm.failures} not as expected")
    return 0 if first_vmm.failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7400"))
