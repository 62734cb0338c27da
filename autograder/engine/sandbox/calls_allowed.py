"""The system calls that a notebook may make. All others fail, as on a kernel that does not have them.

The list is what numpy, torch (with data loaders that start processes), scikit-learn, matplotlib, IPython,
``multiprocessing`` and ``subprocess`` were seen to make or name in their sources, with the other members of
each family, on every architecture's names. Names that an architecture does not have are passed over.
"""

from __future__ import annotations

_FILES = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek
open openat openat2 creat close close_range dup dup2 dup3 pipe pipe2 fcntl fcntl64 flock umask
stat fstat lstat stat64 fstat64 lstat64 newfstatat fstatat64 statx access faccessat faccessat2
statfs fstatfs statfs64 fstatfs64 readlink readlinkat getdents getdents64 getcwd chdir fchdir
rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat link linkat symlink symlinkat
truncate ftruncate truncate64 ftruncate64 fallocate fsync fdatasync sync_file_range fadvise64 fadvise64_64
sendfile sendfile64 copy_file_range readahead getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
"""
_MEMORY = """
mmap mmap2 munmap mremap mprotect madvise msync mincore brk mlock mlock2 munlock mlockall munlockall
membarrier get_mempolicy mbind mseal map_shadow_stack
"""
_PROCESSES = """
fork vfork execve execveat exit exit_group wait4 waitid waitpid kill tkill tgkill pidfd_open pidfd_send_signal
getpid getppid gettid getpgid getpgrp setpgid getsid setsid getuid geteuid getgid getegid getresuid getresgid
getuid32 geteuid32 getgid32 getegid32 getresuid32 getresgid32 getgroups getgroups32 capget capset
set_tid_address set_robust_list get_robust_list rseq futex futex_time64 futex_waitv futex_wake futex_wait
futex_requeue sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority getrlimit ugetrlimit setrlimit
getrusage times sysinfo uname getcpu getrandom restart_syscall
arch_prctl set_thread_area get_thread_area cacheflush riscv_flush_icache riscv_hwprobe set_tls
landlock_create_ruleset landlock_add_rule landlock_restrict_self
"""
_SIGNALS_AND_TIME = """
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigtimedwait_time64 rt_sigsuspend
sigaction sigprocmask sigreturn sigaltstack pause alarm getitimer setitimer
clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64
nanosleep gettimeofday time timer_create timer_settime timer_settime64 timer_gettime timer_gettime64
timer_getoverrun timer_delete timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
"""
_WAITING_AND_TALKING = """
poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64
epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4
connect bind listen accept accept4 getsockname getpeername setsockopt getsockopt shutdown
send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
"""
# What changes modes, owners and times. Landlock does not govern it, so where a child has neither a root folder nor a
# user of its own, these seem to work and do nothing: what copies a file goes on, and nobody's files are changed.
_ATTRIBUTES = """
chmod fchmod fchmodat fchmodat2 utime utimes utimensat utimensat_time64 futimesat
chown fchown lchown fchownat chown32 fchown32 lchown32
"""
ATTRIBUTES = tuple(_ATTRIBUTES.split())
ALLOWED = tuple(" ".join((_FILES, _MEMORY, _PROCESSES, _SIGNALS_AND_TIME, _WAITING_AND_TALKING)).split())

_REFUSED = """
unshare setns mount umount umount2 mount_setattr open_tree open_tree_attr move_mount fsopen fsconfig fsmount
fspick pivot_root chroot ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd
kcmp bpf perf_event_open userfaultfd keyctl add_key request_key kexec_load kexec_file_load init_module
finit_module delete_module reboot swapon swapoff quotactl quotactl_fd acct syslog vhangup
open_by_handle_at name_to_handle_at personality fanotify_init fanotify_mark lookup_dcookie nfsservctl iopl ioperm
modify_ldt vm86 vm86old uselib ustat sysfs settimeofday clock_settime clock_settime64 clock_adjtime
clock_adjtime64 adjtimex stime sethostname setdomainname setuid setgid setreuid setregid setresuid setresgid
setfsuid setfsgid setgroups setuid32 setgid32 setreuid32 setregid32 setresuid32 setresgid32 setgroups32
setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr seccomp migrate_pages move_pages
setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr lsm_set_self_attr
"""
# What only somebody who wants out asks for. These say "not permitted" rather than "no such call", so that
# the message a learner sees, and the one in a log, is the true one.
REFUSED = tuple(_REFUSED.split())

# ioctl: is it a terminal, how wide is it, how much waits to be read, blocking or not, kept over exec or not.
IOCTLS = (0x5401, 0x5413, 0x540F, 0x802C542A, 0x541B, 0x5421, 0x5450, 0x5451)
# prctl: names, end with the parent, what else only gives something up or asks; last, names of memory.
PRCTLS = (1, 2, 3, 4, 15, 16, 21, 23, 29, 30, 36, 37, 38, 39, 41, 42, 0x53564D41)
