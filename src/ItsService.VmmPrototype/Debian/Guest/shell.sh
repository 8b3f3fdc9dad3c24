# A shell on the UART; `finish` ends the machine.
show_irqs
setsid cttyhack sh
finish
