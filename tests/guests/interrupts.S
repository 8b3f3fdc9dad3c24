// A guest of two vCPUs that tries out its interrupt controller and says on the UART what it finds:
// "ok NAME" or "FAILED NAME" for each case, "done" at the end. It runs at EL1 with the MMU off, wherever it is loaded,
// on a machine laid out as QEMU's virt: GICD 0x08000000, GITS 0x08080000, GICR 0x080A0000, PL011 0x09000000,
// RAM from 0x40000000 on with at least 64 MiB.

        .arch   armv8-a

        .set    GICD, 0x08000000
        .set    GITS, 0x08080000
        .set    GICR, 0x080A0000
        .set    UART, 0x09000000
        .set    TABLES, 0x42000000              // device, collection, configuration, pending tables, queue, ITT

        .set    GICD_CTLR, 0x0000
        .set    GICD_IGROUPR, 0x0080
        .set    GICD_ISENABLER, 0x0100
        .set    GICD_ICENABLER, 0x0180
        .set    GICD_ISPENDR, 0x0200
        .set    GICD_ICPENDR, 0x0280
        .set    GICD_ISACTIVER, 0x0300
        .set    GICD_ICACTIVER, 0x0380
        .set    GICD_IPRIORITYR, 0x0400
        .set    GICD_ICFGR, 0x0C00
        .set    GICD_IROUTER, 0x6000
        .set    GICR_CTLR, 0x0000
        .set    GICR_WAKER, 0x0014
        .set    GICR_PROPBASER, 0x0070
        .set    GICR_PENDBASER, 0x0078
        .set    GICR_BYTES, 0x20000
        .set    SGI_BASE, 0x10000
        .set    GITS_CTLR, 0x0000
        .set    GITS_CBASER, 0x0080
        .set    GITS_CWRITER, 0x0088
        .set    GITS_CREADR, 0x0090
        .set    GITS_BASER0, 0x0100
        .set    GITS_BASER1, 0x0108
        .set    UARTDR, 0x000
        .set    UARTCR, 0x030
        .set    UARTIMSC, 0x038
        .set    UARTMIS, 0x040
        .set    UARTICR, 0x044

        .set    DEVICE_TABLE, TABLES
        .set    COLLECTION_TABLE, TABLES + 0x10000
        .set    CONFIGURATIONS, TABLES + 0x20000
        .set    PENDING_TABLES, TABLES + 0x40000
        .set    QUEUE, TABLES + 0x60000
        .set    ITT, TABLES + 0x70000

        .set    TIMER, 27                       // the virtual timer's PPI
        .set    UART_SPI, 33
        .set    SPI, 40                         // one that no device of the machine uses
        .set    LPI, 8192
        .set    SPURIOUS, 1023

        // What each vCPU keeps, 1 KiB: a log of what it took and a few words about it.
        .set    LOG_BYTES, 0x400
        .set    LOG_COUNT, 0x00                 // entries so far
        .set    LOG_HANDLER, 0x08               // what to call with an INTID, or 0
        .set    LOG_EOI_MODE, 0x10              // 1: no end by the handler's caller
        .set    LOG_ALIVE, 0x18                 // the second vCPU has come up
        .set    LOG_ENTRIES, 0x40
        .set    LOG_ENTRIES_MAX, 64

        // A loop counted down while something is to happen: some hundred milliseconds of an emulated vCPU.
        .set    PATIENCE, 20000000

        .macro  load reg, value
        movz    \reg, #((\value) & 0xFFFF)
        .if     ((\value) >> 16) & 0xFFFF
        movk    \reg, #(((\value) >> 16) & 0xFFFF), lsl #16
        .endif
        .if     ((\value) >> 32) & 0xFFFF
        movk    \reg, #(((\value) >> 32) & 0xFFFF), lsl #32
        .endif
        .if     ((\value) >> 48) & 0xFFFF
        movk    \reg, #(((\value) >> 48) & 0xFFFF), lsl #48
        .endif
        .endm

        .macro  put32 address, value            // clobbers x8, x9
        load    x8, (\address)
        load    x9, (\value)
        str     w9, [x8]
        .endm

        .macro  put8 address, value
        load    x8, (\address)
        load    x9, (\value)
        strb    w9, [x8]
        .endm

        .macro  put64 address, value
        load    x8, (\address)
        load    x9, (\value)
        str     x9, [x8]
        .endm

        .macro  get32 address                   // into x0
        load    x8, (\address)
        ldr     w0, [x8]
        .endm

        .macro  sgi value                       // ICC_SGI1R_EL1
        load    x9, (\value)
        msr     S3_0_C12_C11_5, x9
        isb
        .endm

        .macro  case name
        bl      quiet
        adr     x20, 8f
        b       9f
8:      .asciz  "\name"
        .balign 4
9:
        .endm

        // Compares x0 with a number; the case has failed if they differ.
        .macro  expect value
        load    x1, (\value)
        cmp     x0, x1
        b.ne    failed
        .endm

        .macro  verdict
        bl      say_ok
        .endm

        .macro  expect_taken cpu, count         // waits for as many entries in a vCPU's log
        mov     x0, #\cpu
        mov     x1, #\count
        bl      wait_taken
        expect  \count
        .endm

        .macro  expect_entry cpu, index, intid
        mov     x0, #\cpu
        bl      log_of
        ldr     w0, [x0, #(LOG_ENTRIES + 4 * \index)]
        expect  \intid
        .endm

        .macro  expect_none cpu, count          // gives it time, and no more may have come
        bl      pause
        mov     x0, #\cpu
        bl      log_of
        ldr     x0, [x0, #LOG_COUNT]
        expect  \count
        .endm

        .text
        .globl  _start
_start:
        adrp    x1, stack0_top
        add     x1, x1, :lo12:stack0_top
        mov     sp, x1
        mov     x19, #0                         // the vCPU's number
        bl      start_vcpu
        put32   UART + UARTCR, 0x301
        put32   UART + UARTIMSC, 0
        put32   UART + UARTICR, 0x7FF
        bl      start_distributor
        bl      start_second
        bl      sgis
        bl      ppis
        bl      spis
        bl      priorities
        bl      end_modes
        bl      groups
        bl      lpis
        adr     x0, text_done
        bl      print
        b       power_off

// ---- Cases ----

sgis:   stp     x29, x30, [sp, #-16]!

        case    "nothing pending reads 1023"
        mrs     x0, S3_0_C12_C12_0              // ICC_IAR1_EL1
        expect  SPURIOUS
        mrs     x0, S3_0_C12_C12_2              // ICC_HPPIR1_EL1
        expect  SPURIOUS
        verdict

        case    "SGI to oneself"
        sgi     (3 << 24) | 1
        expect_taken 0, 1
        expect_entry 0, 0, 3
        verdict

        case    "SGI to the other vCPU"
        sgi     (5 << 24) | 2
        expect_taken 1, 1
        expect_entry 1, 0, 5
        expect_none 0, 0
        verdict

        case    "SGI to all but oneself"
        sgi     (6 << 24) | (1 << 40)
        expect_taken 1, 1
        expect_entry 1, 0, 6
        expect_none 0, 0
        verdict

        case    "SGI to nobody"
        sgi     (7 << 24) | (1 << 16) | 3
        expect_none 0, 0
        expect_none 1, 0
        verdict

        case    "SGI that is disabled waits"
        put32   GICR + SGI_BASE + GICD_ICENABLER, 1 << 4
        sgi     (4 << 24) | 1
        expect_none 0, 0
        get32   GICR + SGI_BASE + GICD_ISPENDR
        and     x0, x0, #(1 << 4)
        expect  1 << 4
        put32   GICR + SGI_BASE + GICD_ISENABLER, 1 << 4
        expect_taken 0, 1
        expect_entry 0, 0, 4
        verdict

        ldp     x29, x30, [sp], #16
        ret

ppis:   stp     x29, x30, [sp, #-16]!

        case    "timer fires and stops"
        adr     x0, stop_timer
        bl      set_handler
        bl      start_timer
        expect_taken 0, 1
        expect_entry 0, 0, TIMER
        expect_none 0, 1
        verdict

        case    "level that stays fires again"
        adr     x0, stop_timer_third
        bl      set_handler
        bl      start_timer
        expect_taken 0, 3
        expect_entry 0, 2, TIMER
        expect_none 0, 3
        verdict

        ldp     x29, x30, [sp], #16
        ret

spis:   stp     x29, x30, [sp, #-16]!

        case    "SPI by level from the UART"
        adr     x0, stop_uart
        bl      set_handler
        put32   UART + UARTIMSC, 1 << 5         // TXIM
        put32   UART + UARTDR, '\n'
        expect_taken 0, 1
        expect_entry 0, 0, UART_SPI
        put32   UART + UARTIMSC, 0
        expect_none 0, 1
        verdict

        case    "SPI by edge is taken once"
        put32   GICD + GICD_ICFGR + (SPI / 16 * 4), 2 << ((SPI % 16) * 2)
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        expect_taken 0, 1
        expect_entry 0, 0, SPI
        expect_none 0, 1
        verdict

        case    "edge while active comes after the end"
        adr     x0, pend_spi_once
        bl      set_handler
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        expect_taken 0, 2
        expect_entry 0, 1, SPI
        expect_none 0, 2
        verdict

        case    "SPI goes where its route says"
        put64   GICD + GICD_IROUTER + 8 * SPI, 1
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        expect_taken 1, 1
        expect_entry 1, 0, SPI
        expect_none 0, 0
        put64   GICD + GICD_IROUTER + 8 * SPI, 0
        verdict

        case    "active SPI is not taken"
        put32   GICD + GICD_ISACTIVER + 4, 1 << (SPI - 32)
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        expect_none 0, 0
        put32   GICD + GICD_ICACTIVER + 4, 1 << (SPI - 32)
        expect_taken 0, 1
        verdict

        case    "pending SPI is cleared"
        put32   GICD + GICD_ICENABLER + 4, 1 << (SPI - 32)
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        put32   GICD + GICD_ICPENDR + 4, 1 << (SPI - 32)
        put32   GICD + GICD_ISENABLER + 4, 1 << (SPI - 32)
        expect_none 0, 0
        verdict

        ldp     x29, x30, [sp], #16
        ret

priorities:
        stp     x29, x30, [sp, #-16]!

        case    "higher priority preempts"
        bl      set_priorities
        adr     x0, send_sgi_2_amid_sgi_1
        bl      set_handler
        sgi     (1 << 24) | 1
        expect_taken 0, 4
        expect_entry 0, 0, 1
        expect_entry 0, 1, 2
        expect_entry 0, 2, 0x10002              // 2 is done first
        expect_entry 0, 3, 0x10001
        verdict

        case    "equal priority does not preempt"
        bl      set_priorities
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 2, 0xA0
        adr     x0, send_sgi_2_amid_sgi_1
        bl      set_handler
        sgi     (1 << 24) | 1
        expect_taken 0, 4
        expect_entry 0, 0, 1
        expect_entry 0, 1, 0x10001
        expect_entry 0, 2, 2
        expect_entry 0, 3, 0x10002
        verdict

        case    "binary point joins priorities"
        bl      set_priorities
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 1, 0xB0
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 2, 0xA0
        mov     x0, #6                          // bits [7:6]
        msr     S3_0_C12_C12_3, x0              // ICC_BPR1_EL1
        isb
        adr     x0, send_sgi_2_amid_sgi_1
        bl      set_handler
        sgi     (1 << 24) | 1
        expect_taken 0, 4
        expect_entry 0, 1, 0x10001
        expect_entry 0, 2, 2
        mov     x0, #0
        msr     S3_0_C12_C12_3, x0
        isb
        verdict

        case    "mask holds back, and lets go"
        bl      set_priorities
        mov     x0, #0xA0
        msr     S3_0_C4_C6_0, x0                // ICC_PMR_EL1
        isb
        sgi     (1 << 24) | 1
        expect_none 0, 0
        mrs     x0, S3_0_C12_C12_2              // ICC_HPPIR1_EL1 does not look at it
        expect  1
        mov     x0, #0xF0
        msr     S3_0_C4_C6_0, x0
        isb
        expect_taken 0, 1
        expect_entry 0, 0, 1
        verdict

        case    "running priority while active"
        bl      set_priorities
        adr     x0, note_running_priority
        bl      set_handler
        sgi     (2 << 24) | 1
        expect_taken 0, 2
        expect_entry 0, 1, 0x40
        mrs     x0, S3_0_C12_C11_3              // ICC_RPR_EL1
        expect  0xFF
        verdict

        case    "lower number first of equals"
        bl      set_priorities
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 2, 0xA0
        msr     daifset, #2
        sgi     (2 << 24) | 1
        sgi     (1 << 24) | 1
        msr     daifclr, #2
        expect_taken 0, 2
        expect_entry 0, 0, 1
        expect_entry 0, 1, 2
        verdict

        ldp     x29, x30, [sp], #16
        ret

end_modes:
        stp     x29, x30, [sp, #-16]!

        case    "EOImode 1 drops, DIR deactivates"
        msr     daifset, #2
        mov     x0, #2
        msr     S3_0_C12_C12_4, x0              // ICC_CTLR_EL1.EOImode
        isb
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        mrs     x0, S3_0_C12_C12_0
        expect  SPI
        msr     S3_0_C12_C12_1, x0              // ICC_EOIR1_EL1
        isb
        mrs     x0, S3_0_C12_C11_3
        expect  0xFF
        get32   GICD + GICD_ISACTIVER + 4
        and     x0, x0, #(1 << (SPI - 32))
        expect  1 << (SPI - 32)
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        mrs     x0, S3_0_C12_C12_0
        expect  SPURIOUS
        mov     x0, #SPI
        msr     S3_0_C12_C11_1, x0              // ICC_DIR_EL1
        isb
        mrs     x0, S3_0_C12_C12_0
        expect  SPI
        msr     S3_0_C12_C12_1, x0
        msr     S3_0_C12_C11_1, x0
        mov     x0, #0
        msr     S3_0_C12_C12_4, x0
        isb
        get32   GICD + GICD_ISACTIVER + 4
        and     x0, x0, #(1 << (SPI - 32))
        expect  0
        msr     daifclr, #2
        verdict

        case    "DIR on another vCPU"
        msr     daifset, #2
        mov     x0, #2
        msr     S3_0_C12_C12_4, x0
        isb
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
        mrs     x0, S3_0_C12_C12_0
        expect  SPI
        msr     S3_0_C12_C12_1, x0
        isb
        mov     x0, #1
        bl      log_of
        adr     x1, deactivate_spi
        str     x1, [x0, #LOG_HANDLER]
        dsb     sy
        sgi     (8 << 24) | 2
        expect_taken 1, 1
        bl      pause
        get32   GICD + GICD_ISACTIVER + 4
        and     x0, x0, #(1 << (SPI - 32))
        expect  0
        mov     x0, #0
        msr     S3_0_C12_C12_4, x0
        isb
        msr     daifclr, #2
        verdict

        ldp     x29, x30, [sp], #16
        ret

groups: stp     x29, x30, [sp, #-16]!

        case    "group 0 is acknowledged as such"
        msr     daifset, #3
        put32   GICD + GICD_CTLR, 0x3
        get32   GICD + GICD_CTLR
        tbz     x0, #0, 1f                      // a distributor without it is none the worse
        put32   GICR + SGI_BASE + GICD_IGROUPR, ~(1 << 9) & 0xFFFFFFFF
        mov     x0, #1
        msr     S3_0_C12_C12_6, x0              // ICC_IGRPEN0_EL1
        isb
        load    x0, (9 << 24) | 1
        msr     S3_0_C12_C11_7, x0              // ICC_SGI0R_EL1
        isb
        mrs     x0, S3_0_C12_C12_0
        expect  SPURIOUS
        mrs     x0, S3_0_C12_C8_2               // ICC_HPPIR0_EL1
        expect  9
        mrs     x0, S3_0_C12_C8_0               // ICC_IAR0_EL1
        expect  9
        msr     S3_0_C12_C8_1, x0               // ICC_EOIR0_EL1
        isb
        mrs     x0, S3_0_C12_C11_3
        expect  0xFF

        load    x0, (9 << 24) | 1               // as a fast interrupt
        msr     S3_0_C12_C11_7, x0
        isb
        msr     daifclr, #3
        expect_taken 0, 1
        expect_entry 0, 0, 0x20009
1:      mov     x0, #0
        msr     S3_0_C12_C12_6, x0
        isb
        put32   GICR + SGI_BASE + GICD_IGROUPR, 0xFFFFFFFF
        put32   GICD + GICD_CTLR, 0x2
        msr     daifclr, #3
        verdict

        ldp     x29, x30, [sp], #16
        ret

lpis:   stp     x29, x30, [sp, #-16]!
        bl      start_its

        case    "LPI by INT"
        adr     x0, command_int
        bl      command
        expect_taken 0, 1
        expect_entry 0, 0, LPI
        expect_none 0, 1
        verdict

        case    "LPI moves with MOVI"
        adr     x0, command_movi_1
        bl      command
        adr     x0, command_int
        bl      command
        expect_taken 1, 1
        expect_entry 1, 0, LPI
        expect_none 0, 0
        adr     x0, command_movi_0
        bl      command
        verdict

        case    "LPI that is disabled waits for INV"
        put8    CONFIGURATIONS, 0xA2
        adr     x0, command_inv
        bl      command
        adr     x0, command_int
        bl      command
        expect_none 0, 0
        put8    CONFIGURATIONS, 0xA3
        adr     x0, command_inv
        bl      command
        expect_taken 0, 1
        expect_entry 0, 0, LPI
        verdict

        case    "LPI preempts what is less urgent"
        bl      set_priorities
        put8    CONFIGURATIONS, 0x43
        adr     x0, command_inv
        bl      command
        adr     x0, send_lpi_amid_sgi_1
        bl      set_handler
        sgi     (1 << 24) | 1
        expect_taken 0, 4
        expect_entry 0, 0, 1
        expect_entry 0, 1, LPI
        expect_entry 0, 2, 0x10000 + LPI
        expect_entry 0, 3, 0x10001
        verdict

        case    "discarded event is silent"
        adr     x0, command_discard
        bl      command
        adr     x0, command_int
        bl      command
        expect_none 0, 0
        verdict

        ldp     x29, x30, [sp], #16
        ret

// ---- What handlers do, with an INTID in x0; they may use x0 to x15 ----

stop_timer:
        msr     cntv_ctl_el0, xzr
        isb
        ret

stop_timer_third:
        stp     x29, x30, [sp, #-16]!
        mov     x0, x19
        bl      log_of
        ldr     x1, [x0, #LOG_COUNT]
        cmp     x1, #3
        b.lt    1f
        msr     cntv_ctl_el0, xzr
        isb
1:      ldp     x29, x30, [sp], #16
        ret

stop_uart:
        put32   UART + UARTIMSC, 0
        put32   UART + UARTICR, 0x7FF
        ret

pend_spi_once:
        stp     x29, x30, [sp, #-16]!
        mov     x0, x19
        bl      log_of
        ldr     x1, [x0, #LOG_COUNT]
        cmp     x1, #1
        b.ne    1f
        put32   GICD + GICD_ISPENDR + 4, 1 << (SPI - 32)
1:      ldp     x29, x30, [sp], #16
        ret

deactivate_spi:
        mrs     x10, S3_0_C12_C12_4
        orr     x11, x10, #2
        msr     S3_0_C12_C12_4, x11
        isb
        mov     x11, #SPI
        msr     S3_0_C12_C11_1, x11
        isb
        msr     S3_0_C12_C12_4, x10
        isb
        ret

// SGI 1 asks for another interrupt and lets it in; each writes down when it is done.
send_sgi_2_amid_sgi_1:
        stp     x29, x30, [sp, #-32]!
        str     x0, [sp, #16]
        cmp     x0, #1
        b.ne    1f
        sgi     (2 << 24) | 1
        bl      let_in
1:      ldr     x0, [sp, #16]
        add     x0, x0, #0x10000
        bl      note
        ldp     x29, x30, [sp], #32
        ret

send_lpi_amid_sgi_1:
        stp     x29, x30, [sp, #-32]!
        str     x0, [sp, #16]
        cmp     x0, #1
        b.ne    1f
        adr     x0, command_int
        bl      command
        bl      let_in
1:      ldr     x0, [sp, #16]
        add     x0, x0, #0x10000
        bl      note
        ldp     x29, x30, [sp], #32
        ret

note_running_priority:
        mrs     x0, S3_0_C12_C11_3
        b       note

// Interrupts enabled for a while, inside a handler.
let_in: stp     x29, x30, [sp, #-32]!
        mrs     x0, elr_el1
        mrs     x1, spsr_el1
        stp     x0, x1, [sp, #16]
        msr     daifclr, #2
        bl      pause
        msr     daifset, #2
        ldp     x0, x1, [sp, #16]
        msr     elr_el1, x0
        msr     spsr_el1, x1
        ldp     x29, x30, [sp], #32
        ret

// ---- Setting up ----

// A vCPU: vectors, redistributor, CPU interface. Its number is in x19.
start_vcpu:
        adr     x0, vectors
        msr     vbar_el1, x0
        msr     cntv_ctl_el0, xzr
        mov     x0, #7
        msr     S3_0_C12_C12_5, x0              // ICC_SRE_EL1
        isb
        load    x1, GICR
        mov     x2, #GICR_BYTES
        madd    x1, x19, x2, x1
        str     wzr, [x1, #GICR_WAKER]
1:      ldr     w0, [x1, #GICR_WAKER]
        tbnz    w0, #2, 1b
        add     x1, x1, #SGI_BASE
        mov     w0, #-1
        str     w0, [x1, #GICD_IGROUPR]
        str     w0, [x1, #GICD_ICPENDR]
        str     w0, [x1, #GICD_ICACTIVER]
        mov     x2, #0
        load    x3, 0xA0A0A0A0
2:      add     x4, x1, x2
        str     w3, [x4, #GICD_IPRIORITYR]
        add     x2, x2, #4
        cmp     x2, #32
        b.lt    2b
        load    x0, 0x0800FFFF                  // all SGIs, and the timer
        str     w0, [x1, #GICD_ISENABLER]
        mov     x0, #0xF0
        msr     S3_0_C4_C6_0, x0                // ICC_PMR_EL1
        msr     S3_0_C12_C12_3, xzr             // ICC_BPR1_EL1
        msr     S3_0_C12_C12_4, xzr             // ICC_CTLR_EL1
        mov     x0, #1
        msr     S3_0_C12_C12_7, x0              // ICC_IGRPEN1_EL1
        isb
        msr     daifclr, #2
        ret

start_distributor:
        put32   GICD + GICD_CTLR, 0
        put32   GICD + GICD_IGROUPR + 4, 0xFFFFFFFF
        put8    GICD + GICD_IPRIORITYR + UART_SPI, 0xA0
        put8    GICD + GICD_IPRIORITYR + SPI, 0xA0
        put64   GICD + GICD_IROUTER + 8 * UART_SPI, 0
        put64   GICD + GICD_IROUTER + 8 * SPI, 0
        put32   GICD + GICD_ISENABLER + 4, (1 << (UART_SPI - 32)) | (1 << (SPI - 32))
        put32   GICD + GICD_CTLR, 0x2
        ret

start_second:
        stp     x29, x30, [sp, #-16]!
        load    x0, 0xC4000003                  // PSCI CPU_ON
        mov     x1, #1
        adr     x2, second
        mov     x3, #0
        hvc     #0
        mov     x0, #1
        bl      log_of
        load    x2, PATIENCE
1:      ldr     x1, [x0, #LOG_ALIVE]
        cbnz    x1, 2f
        subs    x2, x2, #1
        b.ne    1b
        adr     x20, text_second
        b       failed
2:      ldp     x29, x30, [sp], #16
        ret

second: adrp    x1, stack1_top
        add     x1, x1, :lo12:stack1_top
        mov     sp, x1
        mov     x19, #1
        bl      start_vcpu
        mov     x0, #1
        bl      log_of
        mov     x1, #1
        str     x1, [x0, #LOG_ALIVE]
1:      wfi
        b       1b

start_its:
        stp     x29, x30, [sp, #-16]!
        load    x0, TABLES
        load    x1, 0x80000
1:      str     xzr, [x0], #8
        subs    x1, x1, #8
        b.ne    1b
        put32   GITS + GITS_CTLR, 0
        load    x1, GITS
        load    x0, (1 << 63) | DEVICE_TABLE | 0x200
        str     x0, [x1, #GITS_BASER0]
        load    x0, (1 << 63) | COLLECTION_TABLE | 0x200
        str     x0, [x1, #GITS_BASER1]
        load    x0, (1 << 63) | QUEUE
        str     x0, [x1, #GITS_CBASER]
        str     xzr, [x1, #GITS_CWRITER]
        mov     w0, #1
        str     w0, [x1, #GITS_CTLR]
        put8    CONFIGURATIONS, 0xA3
        put64   GICR + GICR_PROPBASER, CONFIGURATIONS | 15
        put64   GICR + GICR_PENDBASER, PENDING_TABLES | (1 << 62)
        put32   GICR + GICR_CTLR, 1
        put64   GICR + GICR_BYTES + GICR_PROPBASER, CONFIGURATIONS | 15
        put64   GICR + GICR_BYTES + GICR_PENDBASER, (PENDING_TABLES + 0x10000) | (1 << 62)
        put32   GICR + GICR_BYTES + GICR_CTLR, 1
        adr     x0, command_mapd
        bl      command
        adr     x0, command_mapc_0
        bl      command
        adr     x0, command_mapc_1
        bl      command
        adr     x0, command_mapti
        bl      command
        ldp     x29, x30, [sp], #16
        ret

// Puts the command at x0 into the queue and waits until it is read. Called by vCPU 0 alone.
command:
        load    x1, GITS
        ldr     x2, [x1, #GITS_CWRITER]
        load    x3, QUEUE
        add     x3, x3, x2
        ldp     x4, x5, [x0]
        ldp     x6, x7, [x0, #16]
        stp     x4, x5, [x3]
        stp     x6, x7, [x3, #16]
        dsb     sy
        add     x2, x2, #32
        and     x2, x2, #0xFFF
        str     x2, [x1, #GITS_CWRITER]
        load    x5, PATIENCE
1:      ldr     x4, [x1, #GITS_CREADR]
        cmp     x4, x2
        b.eq    2f
        subs    x5, x5, #1
        b.ne    1b
        b       failed
2:      ret

// ---- Helpers of the cases ----

// Before each case: no handler, empty logs, one priority.
quiet:  stp     x29, x30, [sp, #-16]!
        mov     x0, #1
1:      mov     x5, x0
        bl      log_of
        str     xzr, [x0, #LOG_COUNT]
        str     xzr, [x0, #LOG_HANDLER]
        subs    x0, x5, #1
        b.eq    1b
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 1, 0xA0
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 2, 0xA0
        dsb     sy
        ldp     x29, x30, [sp], #16
        ret

set_priorities:
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 1, 0xA0
        put8    GICR + SGI_BASE + GICD_IPRIORITYR + 2, 0x40
        ret

set_handler:
        stp     x29, x30, [sp, #-16]!
        mov     x1, x0
        mov     x0, x19
        bl      log_of
        str     x1, [x0, #LOG_HANDLER]
        ldp     x29, x30, [sp], #16
        ret

start_timer:
        mov     x0, #1000
        msr     cntv_tval_el0, x0
        mov     x0, #1
        msr     cntv_ctl_el0, x0
        isb
        ret

// The log of vCPU x0; leaves all but x0 and x16 as it is.
log_of: adrp    x16, logs
        add     x16, x16, :lo12:logs
        add     x0, x16, x0, lsl #10
        ret

// Waits until vCPU x0 has x1 entries or time is over; x0 is then how many it has.
wait_taken:
        stp     x29, x30, [sp, #-16]!
        bl      log_of
        load    x2, PATIENCE
1:      ldr     x3, [x0, #LOG_COUNT]
        cmp     x3, x1
        b.ge    2f
        subs    x2, x2, #1
        b.ne    1b
2:      mov     x0, x3
        ldp     x29, x30, [sp], #16
        ret

// Long enough for whatever should not happen.
pause:  load    x2, 400000
1:      subs    x2, x2, #1
        b.ne    1b
        ret

// Writes x0 into this vCPU's log; leaves x0 as it is.
note:   stp     x29, x30, [sp, #-16]!
        mov     x3, x0
        mov     x0, x19
        bl      log_of
        ldr     x1, [x0, #LOG_COUNT]
        cmp     x1, #LOG_ENTRIES_MAX
        b.ge    1f
        add     x2, x0, #LOG_ENTRIES
        str     w3, [x2, x1, lsl #2]
        dsb     sy
        add     x1, x1, #1
        str     x1, [x0, #LOG_COUNT]
1:      mov     x0, x3
        ldp     x29, x30, [sp], #16
        ret

say_ok: stp     x29, x30, [sp, #-16]!
        adr     x0, text_ok
        bl      print
        mov     x0, x20
        bl      print
        adr     x0, text_end
        bl      print
        ldp     x29, x30, [sp], #16
        ret

// Says what x0 was, in the case of x20, and ends.
failed: mov     x21, x0
        msr     daifset, #3
        adr     x0, text_failed
        bl      print
        mov     x0, x20
        bl      print
        adr     x0, text_found
        bl      print
        bl      print_number
        adr     x0, text_end
        bl      print

power_off:
        load    x0, 0x84000008                  // PSCI SYSTEM_OFF
        hvc     #0
1:      wfi
        b       1b

print:  load    x1, UART
1:      ldrb    w2, [x0], #1
        cbz     w2, 2f
        str     w2, [x1, #UARTDR]
        b       1b
2:      ret

// x21 in hexadecimal.
print_number:
        load    x1, UART
        mov     x3, #60
1:      lsr     x2, x21, x3
        and     x2, x2, #0xF
        cmp     x2, #10
        add     x4, x2, #'0'
        add     x5, x2, #('A' - 10)
        csel    x2, x4, x5, lt
        str     w2, [x1, #UARTDR]
        subs    x3, x3, #4
        b.ge    1b
        ret

// ---- Exceptions ----

        .macro  save_all
        sub     sp, sp, #192
        stp     x0, x1, [sp, #0]
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x21, x22, [sp, #144]
        stp     x29, x30, [sp, #160]
        .endm

        .macro  restore_all
        ldp     x0, x1, [sp, #0]
        ldp     x2, x3, [sp, #16]
        ldp     x4, x5, [sp, #32]
        ldp     x6, x7, [sp, #48]
        ldp     x8, x9, [sp, #64]
        ldp     x10, x11, [sp, #80]
        ldp     x12, x13, [sp, #96]
        ldp     x14, x15, [sp, #112]
        ldp     x16, x17, [sp, #128]
        ldp     x21, x22, [sp, #144]
        ldp     x29, x30, [sp, #160]
        add     sp, sp, #192
        .endm

irq:    save_all
        mrs     x21, S3_0_C12_C12_0             // ICC_IAR1_EL1
        load    x1, SPURIOUS
        cmp     x21, x1
        b.eq    2f
        mov     x0, x21
        bl      note
        mov     x0, x19
        bl      log_of
        ldr     x1, [x0, #LOG_HANDLER]
        cbz     x1, 1f
        mov     x0, x21
        blr     x1
1:      msr     S3_0_C12_C12_1, x21             // ICC_EOIR1_EL1
        isb
2:      restore_all
        eret

fiq:    save_all
        mrs     x21, S3_0_C12_C8_0              // ICC_IAR0_EL1
        load    x1, SPURIOUS
        cmp     x21, x1
        b.eq    1f
        add     x0, x21, #0x20000
        bl      note
        msr     S3_0_C12_C8_1, x21              // ICC_EOIR0_EL1
        isb
1:      restore_all
        eret

unexpected:
        adr     x20, text_exception
        mrs     x0, esr_el1
        b       failed

        .macro  vector target
        .balign 128
        b       \target
        .endm

        .balign 2048
vectors:
        .rept   4
        vector  unexpected
        .endr
        vector  unexpected
        vector  irq
        vector  fiq
        vector  unexpected
        .rept   8
        vector  unexpected
        .endr

// ---- Data ----

        .balign 32
command_mapd:
        .quad   (2 << 32) | 0x08, 4, (1 << 63) | ITT, 0
command_mapc_0:
        .quad   0x09, 0, (1 << 63), 0
command_mapc_1:
        .quad   0x09, 0, (1 << 63) | (1 << 16) | 1, 0
command_mapti:
        .quad   (2 << 32) | 0x0A, LPI << 32, 0, 0
command_movi_0:
        .quad   (2 << 32) | 0x01, 0, 0, 0
command_movi_1:
        .quad   (2 << 32) | 0x01, 0, 1, 0
command_int:
        .quad   (2 << 32) | 0x03, 0, 0, 0
command_inv:
        .quad   (2 << 32) | 0x0C, 0, 0, 0
command_discard:
        .quad   (2 << 32) | 0x0F, 0, 0, 0

text_ok:        .asciz  "ok "
text_failed:    .asciz  "FAILED "
text_found:     .asciz  " found 0x"
text_second:    .asciz  "second vCPU"
text_exception: .asciz  "exception"
text_done:      .asciz  "done\n"
text_end:       .asciz  "\n"

        .balign 4096
logs:   .space  2 * LOG_BYTES
        .balign 4096
        .space  8192
stack0_top:
        .space  8192
stack1_top:
        .space  16
