# Interrupts move from CPU to CPU while the disk is used. The kernel keeps those of the queues where they are; the admin
# queue's can be moved, and a controller with fewer queues than CPUs has more of them.
check_all 5
count=$(cpus | wc -l)
check_all 20 &
checks=$!
round=0
while [ "$round" -lt 40 ]; do
    for irq in $(its_irqs); do
        echo $(((round + irq) % count)) >"/proc/irq/$irq/smp_affinity_list" 2>/dev/null && moved=$((${moved:-0} + 1))
    done
    round=$((round + 1))
done
wait "$checks"
mark "interrupts moved ${moved:-0} times"
finish
