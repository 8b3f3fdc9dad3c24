namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// What a processor that the engine executes asks of the program around it, on the thread that runs it. What these
/// methods throw does not cross the engine: it ends the run and is handed to <see cref="Failed"/>.
/// </summary>
internal interface IEngineClient
{
    /// <summary>
    /// A block of instructions begins. The only place besides exceptions where the run may be stopped.
    /// </summary>
    void BlockEntered();

    /// <summary>The processor takes an exception, which the client delivers.</summary>
    void ExceptionTaken(EngineInterrupt interrupt);

    /// <summary>MRS. False lets the engine do it, or take an undefined-instruction exception.</summary>
    bool ReadsSystemRegister(SystemRegisterEncoding register, EngineRegister target);

    /// <summary>MSR. False lets the engine do it, or take an undefined-instruction exception.</summary>
    bool WritesSystemRegister(SystemRegisterEncoding register, ulong value);

    /// <summary>SYS: maintenance of caches and TLBs, which the engine does by itself as well.</summary>
    void SystemInstruction(SystemRegisterEncoding instruction);

    /// <summary>A method has thrown.</summary>
    void Failed(Exception problem);
}
