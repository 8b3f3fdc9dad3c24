# CPUs go offline and come back while the disk is used.
check_all 5
for cpu in $(cpus | tail -n +2); do
    mark "CPU $cpu offline and online"
    check_blocks 0 10 &
    echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"
    wait
    check_all 3
    check_blocks 0 10 &
    echo 1 >"/sys/devices/system/cpu/cpu$cpu/online"
    wait
    check_all 3
done
finish
