namespace ItsService.Differential.Steps;

/// <summary>
/// One thing that a guest does. A sequence is a list of them; a difference is shrunk by leaving out steps, and parts of
/// steps.
/// </summary>
internal abstract record Step
{
    /// <summary>How many parts can be left out one by one; 1 for a step that is whole or not there.</summary>
    public virtual int PartCount => 1;

    /// <summary>The step with these parts alone, in their order.</summary>
    public virtual Step WithParts(IReadOnlyList<int> parts) => this;

    /// <summary>For a person: one line for each part.</summary>
    public abstract IEnumerable<string> Describe();
}
