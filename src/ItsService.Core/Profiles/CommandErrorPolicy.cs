namespace ItsService.Core.Profiles;

/// <summary>What the ITS does with a command in error; the architecture permits each (commands 1.1).</summary>
public enum CommandErrorPolicy
{
    /// <summary>Skip the command and go on (KVM).</summary>
    Continue,

    /// <summary>Set GITS_CREADR.Stalled and stay on the command until software repairs it.</summary>
    Stall,

    /// <summary>Stall when guest memory could not be used, continue on every other error (QEMU).</summary>
    StallOnMemoryError,
}
