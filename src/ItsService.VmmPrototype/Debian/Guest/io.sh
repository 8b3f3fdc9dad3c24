# Reads and writes from all CPUs, one by one and all at once.
mark "on CPU $(cpus | tr '\n' ' ')of $(uname -r)"
for cpu in $(cpus); do
    check_blocks "$cpu" 10
done
check_all 20 &
checks=$!
mark "I/O on all CPUs"
usleep 300000
mark "I/O goes on"
wait "$checks"
finish
