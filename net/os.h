/*
 * All that net/ wants from a kernel, on one page. No other file below net/ includes kernel/: to
 * port the stack, provide these functions.
 *
 *   memory      kmalloc kzalloc kfree; kmem_cache_create/_alloc/_free/_reserve/_in_use;
 *               alloc_boot; virt_to_phys; mem_info
 *   contexts    irq_save irq_restore; local_bh_disable local_bh_enable;
 *               open_softirq raise_softirq; in_irq in_softirq in_task
 *   time        ktime_ns realtime_ns; timer_init timer_mod timer_del timer_pending
 *   sleeping    wait_queue_init wake_up wake_up_all wait_event wait_event_deadline; schedule;
 *               signal_pending(current); poll_wait
 *   tasks' data access_ok copy_from_user copy_to_user; iov_copy_get iov_copy_free
 *   files       file_alloc fget fput fd_install
 *   chance      get_random_bytes random_u32 random_below add_entropy
 *   words       printk printk_ratelimit snprintf panic BUG_ON; cmdline_get
 *   /proc       proc_register proc_add proc_remove seq_printf seq_puts seq_walk; sysctl_register
 *               sysctl_unregister
 */
#pragma once

#include <abi/errno.h>
#include <string.h>

#include "kernel/cmdline.h"
#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/list.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/proc.h"
#include "kernel/random.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/types.h"
#include "kernel/uaccess.h"
#include "kernel/uio.h"
#include "kernel/wait.h"
