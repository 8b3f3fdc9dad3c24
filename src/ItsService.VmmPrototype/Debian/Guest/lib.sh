# Sourced by the guest's /init. Lines that begin with "@@" are read by the machine that runs it.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp

DISK=/dev/nvme0n1
BLOCK=4096

mark() { echo "@@ $*"; }

# The numbers of the CPUs that are online.
cpus() {
    for directory in /sys/devices/system/cpu/cpu[0-9]*; do
        if [ ! -e "$directory/online" ] || [ "$(cat "$directory/online")" = 1 ]; then
            echo "${directory##*cpu}"
        fi
    done
}

# The numbers of the interrupts that the ITS delivers.
its_irqs() { grep -E 'ITS-(PCI-)?MSI' /proc/interrupts | sed 's/^ *\([0-9]*\):.*/\1/'; }

show_irqs() { grep -E 'CPU|ITS|IPI|timer' /proc/interrupts; }

# check_blocks CPU COUNT: writes that many blocks one by one from that CPU, reads each again, and counts the bad ones.
check_blocks() {
    local bad number place
    bad=0
    number=0
    while [ "$number" -lt "$2" ]; do
        place=$(($1 * 512 + number))
        dd if=/dev/urandom of="/tmp/w$1" bs=$BLOCK count=1 2>/dev/null
        taskset -c "$1" dd if="/tmp/w$1" of=$DISK bs=$BLOCK seek=$place oflag=direct conv=fsync 2>/dev/null
        taskset -c "$1" dd if=$DISK of="/tmp/r$1" bs=$BLOCK skip=$place count=1 iflag=direct 2>/dev/null
        cmp -s "/tmp/w$1" "/tmp/r$1" || bad=$((bad + 1))
        number=$((number + 1))
    done
    echo "$bad" >"/tmp/bad.$1.$$"
    cat "/tmp/bad.$1.$$" >>/tmp/bad
}

# check_all COUNT: the same from all CPUs at once.
check_all() {
    local cpu
    for cpu in $(cpus); do
        check_blocks "$cpu" "$1" &
    done
    wait
}

# The sum of what check_blocks has found.
bad_blocks() {
    local sum count
    sum=0
    for count in $(cat /tmp/bad 2>/dev/null); do
        sum=$((sum + count))
    done
    echo "$sum"
}

# What the kernel has warned of: the interrupt controller, lost interrupts, timeouts.
kernel_complaints() { dmesg | grep -cE 'ITS.*(fail|timeout|queue)|GICv3.*(fail|error)|WARNING:|BUG:|timeout|lockup|stall'; }

finish() {
    show_irqs
    complaints=$(kernel_complaints)
    [ "$complaints" = 0 ] || dmesg | grep -E 'ITS|GIC|WARNING|BUG|timeout|lockup|stall'
    mark "bad blocks: $(bad_blocks)"
    mark "kernel complaints: $complaints"
    mark "done"
    poweroff -f
}
