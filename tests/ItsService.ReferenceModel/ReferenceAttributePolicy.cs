namespace ItsService.ReferenceModel;

/// <summary>What becomes of the cacheability and shareability fields that software writes.</summary>
public enum ReferenceAttributePolicy
{
    /// <summary>Changed to what KVM offers: gits-registers 8.1.</summary>
    SanitiseLikeKvm,

    /// <summary>Kept as they were written.</summary>
    KeepAll,
}
