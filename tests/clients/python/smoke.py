#!/usr/bin/python3
"""Calls a running service as a Python client does that has none of its files: all messages come from reflection.

    smoke.py 127.0.0.1:7400        (or unix:PATH)

Needs Debian's python3-grpcio and python3-protobuf. Ends with exit code 0 and "ok", or with 1 and what was wrong.
"""

import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

CALL_TIMEOUT_S = 30
GITS_TYPER_OF_KVM = 0x1EF71
VM = "vms/python-smoke"
RAM_BASE, RAM_BYTES = 0x40000000, 1 << 20
VALID = 1 << 63
REFLECTION = "grpc.reflection.v1.ServerReflection"


def message_class(pool, name):
    """The Python class of a message in a pool, for old and new versions of the library."""
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def reflection_pool():
    """The few messages of the reflection protocol that are used here: the rest is asked for with them."""
    field_type = descriptor_pb2.FieldDescriptorProto
    messages = {
        "ServerReflectionRequest": [
            ("file_containing_symbol", 4, None, False),
            ("list_services", 7, None, False),
        ],
        "ServerReflectionResponse": [
            ("file_descriptor_response", 4, "FileDescriptorResponse", False),
            ("list_services_response", 6, "ListServiceResponse", False),
            ("error_response", 7, "ErrorResponse", False),
        ],
        "FileDescriptorResponse": [("file_descriptor_proto", 1, None, True)],
        "ListServiceResponse": [("service", 1, "ServiceResponse", True)],
        "ServiceResponse": [("name", 1, None, False)],
        "ErrorResponse": [("error_message", 2, None, False)],
    }
    file = descriptor_pb2.FileDescriptorProto(name="bootstrap.proto", package="grpc.reflection.v1", syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field_name, number, type_name, repeated in fields:
            field = message.field.add(name=field_name, number=number)
            field.label = field_type.LABEL_REPEATED if repeated else field_type.LABEL_OPTIONAL
            if type_name:
                field.type = field_type.TYPE_MESSAGE
                field.type_name = f".grpc.reflection.v1.{type_name}"
            elif field_name == "file_descriptor_proto":
                field.type = field_type.TYPE_BYTES
            else:
                field.type = field_type.TYPE_STRING
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


class Reflection:
    """Asks the server for its services and their files."""

    def __init__(self, channel):
        pool = reflection_pool()
        self._request = message_class(pool, "grpc.reflection.v1.ServerReflectionRequest")
        response = message_class(pool, "grpc.reflection.v1.ServerReflectionResponse")
        self._ask = channel.stream_stream(
            f"/{REFLECTION}/ServerReflectionInfo",
            request_serializer=self._request.SerializeToString,
            response_deserializer=response.FromString,
        )

    def services(self):
        answer = self._answer(list_services="*")
        return [service.name for service in answer.list_services_response.service]

    def pool_of(self, symbols):
        """A pool with the files of these symbols and all that they import."""
        files = {}
        for symbol in symbols:
            for data in self._answer(file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto:
                file = descriptor_pb2.FileDescriptorProto.FromString(data)
                files[file.name] = file
        pool = descriptor_pool.DescriptorPool()
        added = set()

        def add(name):
            if name not in added:
                added.add(name)
                for imported in files[name].dependency:
                    add(imported)
                pool.AddSerializedFile(files[name].SerializeToString())

        for name in sorted(files):
            add(name)
        return pool

    def _answer(self, **question):
        answer = next(self._ask(iter([self._request(**question)]), timeout=CALL_TIMEOUT_S))
        assert not answer.error_response.error_message, answer.error_response.error_message
        return answer


class Service:
    """Calls the unary methods of one service: service.CreateVm(vm_id="a") -> the answer."""

    def __init__(self, channel, pool, name):
        self._channel = channel
        self._pool = pool
        self._descriptor = pool.FindServiceByName(name)

    def __getattr__(self, method_name):
        method = self._descriptor.methods_by_name[method_name]
        request = message_class(self._pool, method.input_type.full_name)
        response = message_class(self._pool, method.output_type.full_name)
        call = self._channel.unary_unary(
            f"/{self._descriptor.full_name}/{method_name}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        return lambda **fields: call(request(**fields), timeout=CALL_TIMEOUT_S)


def refusal_of(call, **fields):
    try:
        call(**fields)
    except grpc.RpcError as error:
        return error
    raise AssertionError("a call that must be refused was answered")


def error_detail(pool, error):
    """The its.v1.ErrorDetail that travels in the standard trailer of a refused call."""
    trailers = dict(error.trailing_metadata())
    status = message_class(pool, "google.rpc.Status").FromString(trailers["grpc-status-details-bin"])
    assert status.code == error.code().value[0], status
    assert status.details[0].type_url == "type.googleapis.com/its.v1.ErrorDetail", status
    return message_class(pool, "its.v1.ErrorDetail").FromString(status.details[0].value)


def submit_commands(registers, commands, pool):
    """Typed and raw commands through the guest's own queue, once it has set one up."""
    error = refusal_of(commands.Submit, vm=VM, commands=[{"sync": {}}])
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION, error
    for register, value in (
        ("GITS_BASER0", VALID | RAM_BASE),
        ("GITS_BASER1", VALID | RAM_BASE | 0x10000),
        ("GITS_CBASER", VALID | RAM_BASE | 0x20000),
        ("GITS_CTLR", 1),
    ):
        registers.Write(vm=VM, target={"named": {"name": register}}, value=value)
    answer = commands.Submit(
        vm=VM,
        commands=[
            {"mapc": {"collection_id": 1, "rd_base": 1}},
            {"inv": {"device_id": 7, "event_id": 0}},
            {"raw": bytes([5]) + bytes(31)},
        ],
    )
    outcomes = pool.FindEnumTypeByName("its.v1.CommandOutcome").values_by_number
    names = [outcomes[result.outcome].name.removeprefix("COMMAND_OUTCOME_") for result in answer.results]
    assert names == ["EXECUTED", "FAILED", "EXECUTED"], answer
    assert answer.results[1].error_name == "INV_UNMAPPED_DEVICE", answer
    assert registers.Read(vm=VM, target={"named": {"name": "GITS_CREADR"}}).value == 0x60
    print(f"commands: {' '.join(names)}")


def use_vm(channel, pool):
    vms = Service(channel, pool, "its.v1.VirtualMachines")
    registers = Service(channel, pool, "its.v1.Registers")
    ram = {"base": RAM_BASE, "size_bytes": RAM_BYTES, "hosted": {}}
    spec = {"profile": "PROFILE_KVM", "vcpus": [{}, {}], "memory_regions": [ram]}
    vm = vms.CreateVm(vm_id="python-smoke", spec=spec)
    try:
        assert vm.name == VM and len(vm.lines) == 2, vm
        typer = registers.Read(vm=VM, target={"named": {"name": "GITS_TYPER"}}).value
        assert typer == GITS_TYPER_OF_KVM, hex(typer)
        print(f"GITS_TYPER: {typer:#x}")

        error = refusal_of(registers.Read, vm=VM, target={"named": {"name": "GITS_TYPPER"}})
        detail = error_detail(pool, error)
        reasons = pool.FindEnumTypeByName("its.v1.ErrorReason").values_by_number
        reason = reasons[detail.reason].name
        assert detail.domain == "its.v1" and reason == "ERROR_REASON_UNKNOWN_REGISTER", detail
        assert (detail.resource, detail.field) == (VM, "target.named.name"), detail
        assert detail.suggestion == "GITS_TYPER", detail
        print(f"typed error: {error.code().name} {reason}, did you mean {detail.suggestion}?")

        submit_commands(registers, Service(channel, pool, "its.v1.Commands"), pool)
    finally:
        vms.DeleteVm(name=VM)
    assert refusal_of(vms.GetVm, name=VM).code() == grpc.StatusCode.NOT_FOUND


def main(address):
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        reflection = Reflection(channel)
        services = reflection.services()
        for name in ("its.v1.VirtualMachines", "its.v1.Registers", "grpc.health.v1.Health"):
            assert name in services, services
        print(f"services: {' '.join(services)}")

        pool = reflection.pool_of([*services, "its.v1.ErrorDetail", "google.rpc.Status"])
        health = Service(channel, pool, "grpc.health.v1.Health").Check(service="its.v1.VirtualMachines")
        serving = pool.FindEnumTypeByName("grpc.health.v1.HealthCheckResponse.ServingStatus").values_by_name["SERVING"]
        assert health.status == serving.number, health
        print("health: SERVING")

        use_vm(channel, pool)
    print("ok")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7400")
