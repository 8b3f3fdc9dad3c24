#!/usr/bin/env python3
"""QEMU's GICv3 ITS, driven through the qtest protocol.  python3 standard library only.

Starts qemu-system-aarch64 -qtest with the CPUs stopped (or, QemuItsCpus, running a tiny mailbox
program of our own, so that the ICC registers can be reached too), sets up 4 redistributors and the ITS,
maps devices and events, and checks LPI pending bits in guest memory.  Import it for the
classes QemuIts and QemuItsCpus, or run it:   qtest.py [--cpus | --rates]
"""
import os, re, socket, struct, subprocess, sys, tempfile, time

GICD, GITS, GITS_TRANSLATER, GICR, GICR_STRIDE = 0x08000000, 0x08080000, 0x08090040, 0x080A0000, 0x20000
RAM = 0x40000000
# Where this program puts the tables in guest RAM (its own choice).
PROP, PEND, CMDQ, CMDQ_SIZE = RAM + 0x10000, RAM + 0x20000, RAM + 0x100000, 0x10000      # PEND: 64 KiB per CPU
DEVT, COLT, L2, ITT = RAM + 0x200000, RAM + 0x300000, RAM + 0x320000, RAM + 0x400000      # ITT: 64 KiB per device
IDBITS = 15                                                                               # 16-bit INTIDs

class Qtest:
    """One line out, one line back: "readl 0x8080000" -> "OK 0x...", "writel a v" -> "OK"."""
    def __init__(s, args=("-S",), smp=4, mem=256, qemu="qemu-system-aarch64", trace=()):
        s.dir = tempfile.TemporaryDirectory(); path = os.path.join(s.dir.name, "q")
        srv = socket.socket(socket.AF_UNIX); srv.bind(path); srv.listen(1); srv.settimeout(20)
        s.log = os.path.join(s.dir.name, "log")                      # trace events, if asked for
        t = sum((["-trace", e] for e in trace), [])
        s.p = subprocess.Popen([qemu, "-M", "virt,gic-version=3,its=on", "-accel", "tcg,thread=multi", "-qtest", "unix:" + path, "-qtest-log", "none",
                                "-smp", str(smp), "-m", "%dM" % mem, "-display", "none", "-nodefaults", "-D", s.log, *t, *args])
        s.c, _ = srv.accept(); s.c.settimeout(60); s.f = s.c.makefile("rb")
    def ask(s, line): s.c.sendall(line.encode() + b"\n"); return s.answer()
    def answer(s):
        while True:
            l = s.f.readline().decode().strip()
            if not l: raise EOFError("QEMU closed the qtest socket")
            if l.startswith("IRQ"): continue                         # asynchronous, only after irq_intercept_*
            if not l.startswith("OK"): raise RuntimeError(l)         # FAIL ...
            return l[3:]
    def many(s, ls):                                                 # pipelined: answers come in order
        s.c.sendall(("\n".join(ls) + "\n").encode())
        return [s.answer() for _ in ls]
    def r32(s, a): return int(s.ask("readl 0x%x" % a), 16)
    def r64(s, a): return int(s.ask("readq 0x%x" % a), 16)
    def w32(s, a, v): s.ask("writel 0x%x 0x%x" % (a, v))
    def w64(s, a, v): s.ask("writeq 0x%x 0x%x" % (a, v))
    def rmem(s, a, n): return bytes.fromhex(s.ask("read 0x%x 0x%x" % (a, n))[2:])
    def wmem(s, a, b): s.ask("write 0x%x 0x%x 0x%s" % (a, len(b), b.hex()))
    def memset(s, a, n, v): s.ask("memset 0x%x 0x%x 0x%x" % (a, n, v))
    def close(s): s.c.close(); s.p.kill(); s.p.wait(); s.dir.cleanup()

class QemuIts(Qtest):
    def __init__(s, indirect=False, cpus=4, **k):
        super().__init__(smp=cpus, **k); s.cpus, s.cw = cpus, 0
        s.w32(GICD, 0x12)                              # ARE, EnableGrp1NS: with no EL3 the distributor has DS=1
        s.memset(PROP, (1 << IDBITS + 1) - 8192, 0xa3)               # every LPI: priority 0xa0, enabled
        for c in range(cpus):
            r = GICR + c * GICR_STRIDE
            s.memset(PEND + c * 0x10000, 0x10000, 0)
            s.w64(r + 0x70, PROP | IDBITS)                           # GICR_PROPBASER (only while EnableLPIs = 0)
            s.w64(r + 0x78, PEND + c * 0x10000)                      # GICR_PENDBASER
            s.w32(r, s.r32(r) | 1)                                   # GICR_CTLR.EnableLPIs
        s.memset(DEVT, 0x80000, 0); s.memset(COLT, 0x10000, 0); s.memset(CMDQ, CMDQ_SIZE, 0)
        if indirect:                                                 # level 1 (64 KiB) -> level 2 pages of 64 KiB
            s.memset(L2, 0x20000, 0)
            s.w64(DEVT, 1 << 63 | L2); s.w64(DEVT + 8, 1 << 63 | L2 + 0x10000)   # DeviceIDs 0..0x3fff only
            s.w64(GITS + 0x100, 1 << 63 | 1 << 62 | DEVT | 2 << 8)
        else: s.w64(GITS + 0x100, 1 << 63 | DEVT | 2 << 8 | 7)       # flat: 8 pages of 64 KiB, 8 bytes per DeviceID
        s.w64(GITS + 0x108, 1 << 63 | COLT | 2 << 8)                 # collection table, one page of 64 KiB
        s.w64(GITS + 0x80, 1 << 63 | CMDQ | CMDQ_SIZE // 4096 - 1)   # GITS_CBASER
        s.w64(GITS + 0x88, 0); s.w32(GITS, 1)                        # GITS_CWRITER, GITS_CTLR.Enabled
    def put(s, cmds):
        """The qtest lines that store the commands and then move GITS_CWRITER past them."""
        ls, b = [], b"".join(struct.pack("<4Q", *c) for c in cmds)
        while b:
            n = min(len(b), CMDQ_SIZE - s.cw); ls.append("write 0x%x 0x%x 0x%s" % (CMDQ + s.cw, n, b[:n].hex()))
            s.cw = (s.cw + n) % CMDQ_SIZE; b = b[n:]
        return ls + ["writeq 0x%x 0x%x" % (GITS + 0x88, s.cw)]
    def run(s, *cmds):
        s.many(s.put(cmds)); r = s.r64(GITS + 0x90)                  # QEMU has processed them by now
        return "done" if r == s.cw else "stalled" if r & 1 else "CREADR 0x%x, CWRITER 0x%x" % (r, s.cw)
    def pending(s, cpu, intid): return s.rmem(PEND + cpu * 0x10000 + intid // 8, 1)[0] >> intid % 8 & 1
    def all_pending(s):
        n = (1 << IDBITS + 1) // 8; out = {}
        for c in range(s.cpus):
            b = s.rmem(PEND + c * 0x10000, n)
            out[c] = [i * 8 + k for i in range(1024, n) if b[i] for k in range(8) if b[i] >> k & 1]
        return out

MBOX, ACKS, CODE = RAM + 0x70000, RAM + 0x800000, RAM + 0x80000     # one 64-byte mailbox and 256 KiB of ACKs per CPU

def stub(cpus):
    """Our mailbox program (AArch64, EL1, MMU off): command, argument, result at MBOX + 64*cpu."""
    w, lab, fix = [], {}, []
    def i(*x): w.extend(x)
    def mov(r, v): i(0xd2800000 | (v & 0xffff) << 5 | r, 0xf2a00000 | (v >> 16 & 0xffff) << 5 | r, 0xf2c00000 | (v >> 32 & 0xffff) << 5 | r)
    def br(op, name): fix.append((len(w), name)); w.append(op)                   # cbz/cbnz/b.cond: imm19 at bit 5
    def sysr(rd_, r, crn, crm, op2): i((0xd5380000 if rd_ else 0xd5180000) | crn << 12 | crm << 8 | op2 << 5 | r)
    for n in range(1, cpus): mov(0, 0xc4000003); mov(1, n); mov(2, CODE + 0x400); i(0xd4000002)   # PSCI CPU_ON by HVC
    while len(w) < 0x100: i(0xd503201f)                                          # nop up to CODE + 0x400
    i(0xd53800a9, 0x92401d29); mov(10, MBOX); i(0x8b09194a)                      # x9 = MPIDR.Aff0, x10 = MBOX + 64*x9
    mov(11, ACKS); i(0x8b09496b)                                                 # x11 = ACKS + 256K*x9
    mov(0, 7); sysr(0, 0, 12, 12, 5); i(0xd5033fdf)                              # ICC_SRE_EL1
    mov(0, 0xff); sysr(0, 0, 4, 6, 0); mov(0, 1); sysr(0, 0, 12, 12, 7); i(0xd5033fdf, 0xf9000d40)   # PMR, IGRPEN1, ready
    lab["loop"] = len(w); i(0xf9400141); lab["w"] = len(w); br(0xb4000001, "idle"); i(0xf9400542, 0xd2800003)
    for k, (rd_, r, *reg) in enumerate(((1, 3, 12, 12, 0), (0, 2, 12, 12, 1), (1, 3, 12, 12, 2), (0, 2, 4, 6, 0), (1, 3, 12, 11, 3)), 1):
        i(0xf100001f | k << 10 | 1 << 5); br(0x54000001, "n%d" % k)              # 1 IAR1, 2 EOIR1, 3 HPPIR1, 4 PMR, 5 RPR
        sysr(rd_, r, *reg); br(0xb400001f, "done"); lab["n%d" % k] = len(w)
    i(0xaa0b03e4)                                                                # 6: drain: IAR1 until 1023, with EOIR1
    lab["d"] = len(w); sysr(1, 5, 12, 12, 0); i(0xf10ffcbf); br(0x54000000, "done")
    sysr(0, 5, 12, 12, 1); i(0xb8004485, 0x91000463); br(0xb400001f, "d")        # *x4++ = intid; x3++
    lab["done"] = len(w); i(0xd5033f9f, 0xf9000943, 0xd5033f9f, 0xf900015f, 0xd5033f9f)
    br(0xb400001f, "loop"); lab["idle"] = len(w); i(0xd503207f); br(0xb400001f, "loop")           # wfi
    for at, name in fix: w[at] |= (lab[name] - at & 0x7ffff) << 5
    return struct.pack("<%dI" % len(w), *w)

class QemuItsCpus(QemuIts):
    """As QemuIts, with running CPUs that execute one GIC CPU-interface operation at a time."""
    IAR, EOIR, HPPIR, PMR, RPR, DRAIN = range(1, 7)
    def __init__(s, indirect=False, cpus=4, **k):
        with tempfile.NamedTemporaryFile() as f:
            f.write(stub(cpus)); f.flush()
            super().__init__(indirect, cpus, args=("-cpu", "cortex-a57", "-kernel", f.name), **k)
            while not all(s.r64(MBOX + 64 * c + 24) for c in range(cpus)): time.sleep(.01)
    def icc(s, cpu, op, arg=0):
        m = MBOX + 64 * cpu
        fiq = "set_irq_in /machine/unattached/device[%d] unnamed-gpio-in 1 %%d" % cpu     # wakes the CPU from WFI; FIQs stay masked
        s.many(["writeq 0x%x 0x%x" % (m + 8, arg), "writeq 0x%x 0x%x" % (m, op), fiq % 1])
        time.sleep(2e-5)                                             # polling hard would starve the CPU thread of QEMU's lock
        while s.r64(m): time.sleep(2e-5)
        s.ask(fiq % 0); return s.r64(m + 16)
    def drain(s, cpu):
        n = s.icc(cpu, s.DRAIN)
        return list(struct.unpack("<%dI" % n, s.rmem(ACKS + cpu * 0x40000, 4 * n))) if n else []

def rd(cpu): return cpu << 16                                        # GITS_TYPER.PTA = 0: a processor number
def MAPD(d, bits, itt, v=1): return (0x08 | d << 32, bits - 1, v << 63 | itt, 0)
def MAPC(c, cpu, v=1): return (0x09, 0, v << 63 | rd(cpu) | c, 0)
def MAPTI(d, e, i, c): return (0x0a | d << 32, e | i << 32, c, 0)
def MAPI(d, e, c): return (0x0b | d << 32, e, c, 0)
def MOVI(d, e, c): return (0x01 | d << 32, e, c, 0)
def INT(d, e): return (0x03 | d << 32, e, 0, 0)
def CLEAR(d, e): return (0x04 | d << 32, e, 0, 0)
def DISCARD(d, e): return (0x0f | d << 32, e, 0, 0)
def INV(d, e): return (0x0c | d << 32, e, 0, 0)
def INVALL(c): return (0x0d, 0, c, 0)
def MOVALL(a, b): return (0x0e, 0, rd(a), rd(b))
def SYNC(cpu): return (0x05, 0, rd(cpu), 0)

def demo():
    for indirect in (False, True):
        q = QemuIts(indirect)
        say = lambda what, ok: print("%-62s %s" % (("indirect: " if indirect else "flat: ") + what, "ok" if ok else "DIFFERS"))
        say("MAPC x4, MAPD x2, SYNC", q.run(*[MAPC(c, c) for c in range(4)], MAPD(0, 5, ITT), MAPD(0x108, 5, ITT + 0x10000), SYNC(0)) == "done")
        q.run(*[MAPTI(d, e, 8192 + 64 * (d > 0) + e, e % 4) for d in (0, 0x108) for e in range(32)])
        q.run(*[INT(d, e) for d in (0, 0x108) for e in range(32)])
        say("INT: all 64 LPIs pending, event e on CPU e%4", q.all_pending() == {c: [8192 + k for k in range(64 + 32) if (k < 32 or k >= 64) and k % 4 == c] for c in range(4)})
        q.run(*[CLEAR(d, e) for d in (0, 0x108) for e in range(32)])
        say("CLEAR: none pending", not any(q.all_pending().values()))
        q.w32(GITS_TRANSLATER, 5); say("GITS_TRANSLATER write is DeviceID 0: event 5 on CPU 1", q.all_pending() == {0: [], 1: [8197], 2: [], 3: []})
        q.run(MOVI(0, 5, 3), SYNC(1), SYNC(3)); say("MOVI moves the pending LPI to CPU 3", q.pending(3, 8197) and not q.pending(1, 8197))
        q.run(MOVALL(3, 2), SYNC(2)); say("MOVALL moves pending LPIs of CPU 3 to CPU 2", q.pending(2, 8197) and not q.pending(3, 8197))
        q.run(DISCARD(0, 6), INT(0, 6)); say("DISCARD: INT of a discarded event is ignored", q.all_pending() == {0: [], 1: [], 2: [8197], 3: []})
        q.run(MAPI(0, 6, 2)); say("MAPI of EventID 6 (INTID below 8192): ignored, queue goes on", q.run(INT(0, 6)) == "done" and not q.pending(2, 6))
        q.close()

def demo_cpus():
    q = QemuItsCpus(); q.run(*[MAPC(c, c) for c in range(4)], MAPD(0, 11, ITT)); q.run(*[MAPTI(0, e, 8192 + e, e % 4) for e in range(2000)])
    q.run(*[INT(0, e) for e in (9, 5, 1, 2, 6)]); print("CPU 1 HPPIR1", q.icc(1, q.HPPIR), "IAR1", q.icc(1, q.IAR), "RPR 0x%x" % q.icc(1, q.RPR))
    q.icc(1, q.EOIR, 8193); q.wmem(PROP + 9, b"\x43"); q.run(INV(0, 9)); print("8201 made more urgent; drain:", [q.drain(c) for c in range(4)])
    q.run(*[INT(0, e) for e in range(2000)]); print("2000 LPIs, acknowledged per CPU:", [len(q.drain(c)) for c in range(4)], "left pending:", any(q.all_pending().values()))
    t = time.perf_counter(); [q.icc(k & 3, q.HPPIR) for k in range(1000)]; print("ICC operations: %.0f /s" % (1000 / (time.perf_counter() - t)))
    t = time.perf_counter()
    for k in range(20): q.run(*[INT(0, e) for e in range(1000)]); [q.drain(c) for c in range(4)]
    print("INT + acknowledge + EOI, 1000 per batch: %.0f LPIs/s" % (20000 / (time.perf_counter() - t))); q.close()

def rates():
    q = QemuIts(); q.run(*[MAPC(c, c) for c in range(4)], MAPD(0, 11, ITT)); q.run(*[MAPTI(0, e, 8192 + e, e % 4) for e in range(2000)])
    for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        for how in ("wait", "pipe"):
            ls = [q.put([INT(0, (i + k) % 2000) for k in range(n)]) for i in range(max(2, min(3000, 20000 // n)))]
            t = time.perf_counter()
            if how == "wait": [q.many(l) for l in ls]                # one round trip per CWRITER write
            else:
                for i in range(0, len(ls), 16): q.many(sum(ls[i:i + 16], []))
            print("INT, batches of %4d, %s: %9.0f commands/s" % (n, "one round trip each " if how == "wait" else "16 batches pipelined", n * len(ls) / (time.perf_counter() - t)))
    for n in (1, 100):
        t = time.perf_counter()
        for i in range(0, 10000, n): q.many(["writel 0x%x 0x%x" % (GITS_TRANSLATER, (i + k) % 2000) for k in range(n)])
        print("GITS_TRANSLATER writes, %3d per round trip: %9.0f /s" % (n, 10000 / (time.perf_counter() - t)))
    t = time.perf_counter(); [q.r64(GITS + 8) for _ in range(5000)]; print("register reads: %.0f /s" % (5000 / (time.perf_counter() - t)))
    t = time.perf_counter(); [q.rmem(PEND, 8192) for _ in range(300)]; print("8 KiB pending table reads: %.0f /s" % (300 / (time.perf_counter() - t)))
    q.close()

if __name__ == "__main__":
    rates() if "--rates" in sys.argv else demo_cpus() if "--cpus" in sys.argv else demo()
