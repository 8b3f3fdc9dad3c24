#!/bin/bash
# Make the recordings.  usage: record-all.sh SCRATCH OUTDIR ["boot irq irq612 bridge61 switch612 page16k"]
# Needs: python3, qemu-system-aarch64, apt (only to download packages), about 1 GB of scratch.
set -euo pipefail
S=$1; OUT=$2; WHAT=${3:-boot irq}; H=$(cd "$(dirname "$0")" && pwd)
K61=${K61:-linux-image-6.1.0-56-arm64}; K612=${K612:-linux-image-6.12.117+deb12-arm64}
K16=${K16:-linux-image-6.12.117+deb12-arm64-16k}
need() { [ -d "$S/x/$1" ] || "$H/fetch.sh" "$S" "$1"; }
need busybox-static
mkdir -p "$S/tftp" "$OUT"; [ -e "$S/tftp/payload" ] || head -c 300000 /dev/urandom > "$S/tftp/payload"
truncate -s 64M "$S/vda.img" "$S/nvme.img"; truncate -s 16M "$S"/disk{1,2,3,4}.img
MODS="virtio_pci virtio_blk virtio_net virtio_rng nvme e1000e xhci_pci"
DEV="-drive file=$S/vda.img,if=none,id=d0,format=raw -device virtio-blk-pci,drive=d0
 -netdev user,id=n0,tftp=$S/tftp -device virtio-net-pci,netdev=n0,romfile=
 -object rng-random,id=r0,filename=/dev/urandom -device virtio-rng-pci,rng=r0
 -drive file=$S/nvme.img,if=none,id=d1,format=raw -device nvme,drive=d1,serial=spike"
MORE="$DEV -device pcie-root-port,id=p1,bus=pcie.0,chassis=1 -netdev user,id=n1 -device e1000e,netdev=n1,bus=p1,romfile=
 -device pcie-root-port,id=p2,bus=pcie.0,chassis=2 -device qemu-xhci,bus=p2 -device usb-kbd"
# Other topologies.  init-topology.sh finds its disks and network devices itself; the last octet of a MAC is the number of its network.
disk() { echo "-drive file=$S/disk$1.img,if=none,id=d$1,format=raw"; }
net() { echo "-netdev user,id=n$1,net=10.0.$1.0/24"; }
# NVMe on the root bus; a PCIe switch with NVMe and virtio-scsi; megasas, and a two-function device, each behind a root port
SWITCH="$(disk 1) -device nvme,drive=d1,serial=n1,addr=4
 -device pcie-root-port,id=p1,bus=pcie.0,chassis=1,addr=5 -device x3130-upstream,id=u1,bus=p1
 -device xio3130-downstream,id=s1,bus=u1,chassis=11,slot=1 $(disk 2) -device nvme,drive=d2,serial=n2,max_ioqpairs=3,bus=s1
 -device xio3130-downstream,id=s2,bus=u1,chassis=12,slot=2 -device virtio-scsi-pci,id=vs,num_queues=8,bus=s2 $(disk 3) -device scsi-hd,drive=d3,bus=vs.0
 -device pcie-root-port,id=p2,bus=pcie.0,chassis=2,addr=6 -device megasas-gen2,id=mg,bus=p2 $(disk 4) -device scsi-hd,drive=d4,bus=mg.0
 -device pcie-root-port,id=p3,bus=pcie.0,chassis=3,addr=7
 $(net 1) -device virtio-net-pci,netdev=n1,mac=52:54:00:00:00:01,romfile=,bus=p3,addr=0.0,multifunction=on
 -object rng-random,id=r0,filename=/dev/urandom -device virtio-rng-pci,rng=r0,bus=p3,addr=0.1
 $(net 2) -device vmxnet3,netdev=n2,mac=52:54:00:00:00:02,romfile=,addr=8"
# a PCIe-to-PCI bridge, behind which all devices have one DeviceID (and Linux gives them one ITT); AHCI with one MSI; a port with two
BRIDGE="-device ioh3420,id=p1,bus=pcie.0,chassis=1,addr=3 -device pcie-pci-bridge,id=b1,bus=p1
 $(disk 1) -device virtio-blk-pci,drive=d1,bus=b1,addr=1
 $(net 1) -device virtio-net-pci,netdev=n1,mac=52:54:00:00:00:01,romfile=,bus=b1,addr=2
 -object rng-random,id=r0,filename=/dev/urandom -device virtio-rng-pci,rng=r0,bus=b1,addr=4
 -device ich9-ahci,id=ah,addr=5 $(disk 2) -device ide-hd,drive=d2,bus=ah.0
 -device ioh3420,id=p2,bus=pcie.0,chassis=2,addr=6 -device e1000e,netdev=n2,mac=52:54:00:00:00:02,romfile=,bus=p2 $(net 2)"
# one CPU, a kernel with 16 KiB pages
SINGLE="-device pcie-root-port,id=p1,bus=pcie.0,chassis=1,addr=2 $(disk 1) -device nvme,drive=d1,serial=n1,bus=p1
 $(disk 2) -device virtio-blk-pci,drive=d2,addr=9 $(net 1) -device e1000e,netdev=n1,mac=52:54:00:00:00:01,romfile=,addr=a"
go() { # name kernel-package init devices note recorder-args...
  local n=$1 k=$2 i=$3 d=$4 note=$5; shift 5; need "$k"
  python3 "$H/mkinitramfs.py" "$S/x/$k" "$S/x/busybox-static" "$H/$i" "$S/$n.cpio.gz" $MODS
  python3 "$H/record.py" --out "$S/$n.trace" --console "$S/$n.console" --kernel "$S/x/$k"/boot/vmlinuz-* \
    --initrd "$S/$n.cpio.gz" --append quiet --note "$note" --timeout ${TIMEOUT:-900} "$@" -- $d
  gzip -9n < "$S/$n.trace" > "$OUT/$n.trace.gz"
  python3 "$H/check_trace.py" "$OUT/$n.trace.gz"
}
for w in $WHAT; do case $w in
  boot) go linux61-boot-io-4cpu "$K61" init-boot.sh "$DEV" "boot, drivers, block + net + rng I/O, 4 CPUs" --smp 4 ;;
  irq)  go linux61-irq-hotplug-4cpu "$K61" init-irq.sh "$MORE" "affinity, unbind/rebind, CPU hotplug, hibernation self-test, 4 CPUs" --smp 4 ;;
  irq612) go linux612-irq-hotplug-4cpu "$K612" init-irq.sh "$MORE" "as linux61-irq-hotplug-4cpu, newer kernel" --smp 4 ;;
  switch612) MODS="virtio_pci virtio_scsi virtio_net virtio_rng nvme megaraid_sas sd_mod vmxnet3" \
    go linux612-switch-6cpu "$K612" init-topology.sh "$SWITCH" "PCIe switch, two NVMe, virtio-scsi, megasas, vmxnet3, a two-function device, 6 CPUs" --smp 6 --mem 768 ;;
  bridge61) MODS="virtio_pci virtio_blk virtio_net virtio_rng ahci sd_mod e1000e" \
    go linux61-bridge-2cpu "$K61" init-topology.sh "$BRIDGE" "PCIe-to-PCI bridge (one DeviceID for three devices), AHCI, 2 CPUs" --smp 2 --mem 384 ;;
  page16k) MODS="virtio_pci virtio_blk nvme e1000e" \
    go linux612-page16k-1cpu "$K16" init-topology.sh "$SINGLE" "16 KiB pages, NVMe, virtio-blk, e1000e, 1 CPU" --smp 1 --mem 256 --cpu cortex-a76 ;;
esac; done
