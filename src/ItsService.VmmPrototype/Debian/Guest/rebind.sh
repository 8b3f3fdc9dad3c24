# The disk's driver lets go of it and takes it again.
check_all 5
device=$(basename "$(readlink -f /sys/class/nvme/nvme0/device)")
for round in 1 2 3; do
    mark "unbind and bind $device"
    echo "$device" >/sys/bus/pci/drivers/nvme/unbind
    echo "$device" >/sys/bus/pci/drivers/nvme/bind
    while [ ! -e $DISK ]; do
        sleep 0.1
    done
    check_all 5
done
finish
