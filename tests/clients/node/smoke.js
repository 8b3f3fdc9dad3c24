#!/usr/bin/env node
// Calls a running service as a Node.js client does: node smoke.js 127.0.0.1:7400 (or unix:PATH).
// Ends with exit code 0 and "ok", or with 1 and what was wrong.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const PROTOS = path.resolve(__dirname, '../../../protos');
const CALL_TIMEOUT_MS = 30_000;
const GITS_TYPER_OF_KVM = '126833'; // 0x1ef71; 64-bit values come as decimal text.
const VM = 'vms/node-smoke';

const definition = protoLoader.loadSync(
  [
    'its/v1/virtual_machines.proto',
    'its/v1/registers.proto',
    'its/v1/errors.proto',
    'google/rpc/status.proto',
    'grpc/health/v1/health.proto',
    'grpc/reflection/v1/reflection.proto',
  ],
  { includeDirs: [PROTOS], keepCase: true, longs: String, enums: String, oneofs: true, defaults: true },
);
const api = grpc.loadPackageDefinition(definition);

async function main(address) {
  const clients = connect(address);
  try {
    await listServices(clients.reflection);
    await checkHealth(clients.health);
    await useVm(clients.vms, clients.registers);
  } finally {
    Object.values(clients).forEach((client) => client.close());
  }
}

function connect(address) {
  const connectTo = (Client) => new Client(address, grpc.credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  return {
    reflection: connectTo(api.grpc.reflection.v1.ServerReflection),
    health: connectTo(api.grpc.health.v1.Health),
    vms: connectTo(api.its.v1.VirtualMachines),
    registers: connectTo(api.its.v1.Registers),
  };
}

async function listServices(reflection) {
  const services = await new Promise((resolve, reject) => {
    const stream = reflection.ServerReflectionInfo({ deadline: deadline() });
    let answer;
    stream.on('data', (response) => { answer = response; });
    stream.on('error', reject);
    stream.on('end', () => resolve(answer.list_services_response.service.map((service) => service.name)));
    stream.end({ list_services: '' });
  });
  for (const name of ['its.v1.VirtualMachines', 'its.v1.Registers', 'grpc.health.v1.Health']) {
    assert.ok(services.includes(name), `reflection does not list ${name}: ${services}`);
  }
  console.log(`services: ${services.join(' ')}`);
}

async function checkHealth(health) {
  const { status } = await call(health, 'Check', { service: 'its.v1.VirtualMachines' });
  assert.equal(status, 'SERVING');
  console.log(`health: ${status}`);
}

async function useVm(vms, registers) {
  const vm = await call(vms, 'CreateVm', { vm_id: 'node-smoke', spec: { profile: 'PROFILE_KVM', vcpus: [{}, {}] } });
  assert.equal(vm.name, VM);
  try {
    assert.equal(vm.state, 'VM_STATE_RUNNING');
    assert.equal(vm.lines.length, 2);
    const { value } = await readRegister(registers, 'GITS_TYPER');
    assert.equal(value, GITS_TYPER_OF_KVM);
    console.log(`GITS_TYPER: 0x${BigInt(value).toString(16)}`);
    await expectTypedError(registers);
  } finally {
    await call(vms, 'DeleteVm', { name: VM });
  }
  await assert.rejects(call(vms, 'GetVm', { name: VM }), { code: grpc.status.NOT_FOUND });
}

async function expectTypedError(registers) {
  const error = await readRegister(registers, 'GITS_TYPPER').then(
    () => assert.fail('a register that does not exist was read'),
    (refusal) => refusal,
  );
  const detail = errorDetail(error);
  assert.equal(detail.domain, 'its.v1');
  assert.equal(detail.reason, 'ERROR_REASON_UNKNOWN_REGISTER');
  assert.equal(detail.resource, VM);
  assert.equal(detail.field, 'target.named.name');
  assert.equal(detail.suggestion, 'GITS_TYPER');
  console.log(`typed error: ${grpc.status[error.code]} ${detail.reason}, did you mean ${detail.suggestion}?`);
}

/** The its.v1.ErrorDetail that travels in the standard trailer of a refused call. */
function errorDetail(error) {
  const [trailer] = error.metadata.get('grpc-status-details-bin');
  assert.ok(trailer, `no details: ${error.message}`);
  const status = definition['google.rpc.Status'].deserialize(trailer);
  assert.equal(status.code, error.code);
  assert.equal(status.details[0].type_url, 'type.googleapis.com/its.v1.ErrorDetail');
  return definition['its.v1.ErrorDetail'].deserialize(status.details[0].value);
}

function readRegister(registers, name) {
  return call(registers, 'Read', { vm: VM, target: { named: { name } } });
}

function call(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, { deadline: deadline() }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

function deadline() {
  return Date.now() + CALL_TIMEOUT_MS;
}

main(process.argv[2] ?? '127.0.0.1:7400').then(
  () => console.log('ok'),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
