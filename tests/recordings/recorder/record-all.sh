#!/bin/bash
# Make the recordings.  usage: record-all.sh SCRATCH OUTDIR ["boot irq irq612"]
# Needs: python3, qemu-system-aarch64, apt (only to download packages), about 1 GB of scratch.
set -euo pipefail
S=$1; OUT=$2; WHAT=${3:-boot irq}; H=$(cd "$(dirname "$0")" && pwd)
K61=${K61:-linux-image-6.1.0-56-arm64}; K612=${K612:-linux-image-6.12.117+deb12-arm64}
[ -d "$S/x/busybox-static" ] || "$H/fetch.sh" "$S" busybox-static "$K61" "$K612"
mkdir -p "$S/tftp" "$OUT"; [ -e "$S/tftp/payload" ] || head -c 300000 /dev/urandom > "$S/tftp/payload"
truncate -s 64M "$S/vda.img" "$S/nvme.img"
MODS="virtio_pci virtio_blk virtio_net virtio_rng nvme e1000e xhci_pci"
DEV="-drive file=$S/vda.img,if=none,id=d0,format=raw -device virtio-blk-pci,drive=d0
 -netdev user,id=n0,tftp=$S/tftp -device virtio-net-pci,netdev=n0,romfile=
 -object rng-random,id=r0,filename=/dev/urandom -device virtio-rng-pci,rng=r0
 -drive file=$S/nvme.img,if=none,id=d1,format=raw -device nvme,drive=d1,serial=spike"
MORE="$DEV -device pcie-root-port,id=p1,bus=pcie.0,chassis=1 -netdev user,id=n1 -device e1000e,netdev=n1,bus=p1,romfile=
 -device pcie-root-port,id=p2,bus=pcie.0,chassis=2 -device qemu-xhci,bus=p2 -device usb-kbd"
go() { # name kernel-package init devices note recorder-args...
  local n=$1 k=$2 i=$3 d=$4 note=$5; shift 5
  python3 "$H/mkinitramfs.py" "$S/x/$k" "$S/x/busybox-static" "$H/$i" "$S/$n.cpio.gz" $MODS
  python3 "$H/record.py" --out "$S/$n.trace" --console "$S/$n.console" --kernel "$S/x/$k"/boot/vmlinuz-* \
    --initrd "$S/$n.cpio.gz" --append quiet --note "$note" --timeout 400 "$@" -- $d
  gzip -9n < "$S/$n.trace" > "$OUT/$n.trace.gz"
  python3 "$H/check_trace.py" "$OUT/$n.trace.gz"
}
for w in $WHAT; do case $w in
  boot) go linux61-boot-io-4cpu "$K61" init-boot.sh "$DEV" "boot, drivers, block + net + rng I/O, 4 CPUs" --smp 4 ;;
  irq)  go linux61-irq-hotplug-4cpu "$K61" init-irq.sh "$MORE" "affinity, unbind/rebind, CPU hotplug, hibernation self-test, 4 CPUs" --smp 4 ;;
  irq612) go linux612-irq-hotplug-4cpu "$K612" init-irq.sh "$MORE" "as linux61-irq-hotplug-4cpu, newer kernel" --smp 4 ;;
esac; done
