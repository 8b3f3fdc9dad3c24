#!/bin/busybox sh
# A short recording of any topology and any number of CPUs: a little I/O on every disk and network device that is there,
# affinity moves, unbind/rebind, PCI remove/rescan, every CPU but 0 off and on.
/bin/busybox mkdir -p /proc
. /lib.sh
mark "load modules"; load_modules
for i in 1 2 3 4 5 6 7 8; do ls /sys/block | grep -q sd && break; sleep 1; done       # SCSI disks are found in the background
N=$(nproc)
disks() { ls /sys/block | grep -E '^(vd|sd|nvme)'; }
nets() { ls /sys/class/net | grep -v '^lo$'; }
net_no() { echo $((0x$(sed 's/.*://' /sys/class/net/$1/address))); }
nets_up() { for d in $(nets); do ifconfig $d 10.0.$(net_no $d).15 netmask 255.255.255.0 up; done; sleep 1; }
io() { for d in $(disks); do (blk_all $d $1)& done
  for d in $(nets); do (ping -c $2 -i 0.02 10.0.$(net_no $d).2 | grep -E 'received')& done
  [ -e /dev/hwrng ] && (dd if=/dev/hwrng of=/dev/null bs=64 count=8 2>/dev/null)&
  wait; }
drv_of() { basename $(readlink /sys/bus/pci/devices/$1/driver); }
pci_devs() { for p in /sys/bus/pci/devices/*; do p=${p##*/}; [ -e /sys/bus/pci/devices/$p/driver ] && [ $(drv_of $p) != pcieport ] && echo $p; done; }
mark "interfaces up"; nets_up
mark "interrupts"; disks; nets; show_irqs
mark "first I/O"; io 64 8
mark "affinity idle: every ITS irq to every CPU, then to all"
for i in $(its_irqs); do for c in $(cpus) 0-$((N-1)); do echo $c > /proc/irq/$i/smp_affinity_list 2>/dev/null; done; done
mark "affinity under load"
rm -f /tmp/stop; (n=0; while [ $n -lt 4 ] && [ ! -e /tmp/stop ]; do n=$((n+1)); io 64 20; done)&
r=0; while [ $r -lt ${ROUNDS:-4} ]; do r=$((r+1)); for i in $(its_irqs); do echo $(( (r*3+i) % N )) > /proc/irq/$i/smp_affinity_list 2>/dev/null; done; done
touch /tmp/stop; wait; show_irqs
for p in $(pci_devs); do rebind $p; done
nets_up; mark "after rebind"; show_irqs; io 32 4
mark "PCI remove and rescan"
for p in $(reversed $(pci_devs)); do case $p in 0000:00:*) ;; *) top=$(readlink -f /sys/bus/pci/devices/$p); break ;; esac; done
top=${top#*/pci0000:00/}; top=${top%%/*}; mark "remove $top and all behind it"
echo 1 > /sys/bus/pci/devices/$top/remove; sleep 1; echo 1 > /sys/bus/pci/rescan; sleep 2; nets_up; show_irqs; io 32 4
HOT=$(hot_cpus)
for c in $(reversed $HOT); do mark "cpu $c offline, under load"; (io 16 6)& echo 0 > /sys/devices/system/cpu/cpu$c/online; wait; done
show_irqs
for c in $HOT; do mark "cpu $c online, under load"; (io 16 6)& echo 1 > /sys/devices/system/cpu/cpu$c/online; wait; done
mark "last I/O"; io 32 4; show_irqs
for d in $(nets); do ifconfig $d down; done           # no device has anything left to say
mark "poweroff"; poweroff -f
